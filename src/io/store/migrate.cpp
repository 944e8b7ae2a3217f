#include "store/migrate.hpp"

#include "crypto/digest.hpp"

namespace x1::store {
namespace {

base::Error refused(const std::string& why) {
  return base::Error{base::Code::storage_failed, why, "start the version of the program that wrote the state"};
}

base::Status apply(Database& database, const Migration& step) {
  X1_TRY(transaction, Transaction::begin(database));
  X1_TRY(changed, database.script(step.sql));
  X1_TRY(noted, database.run("INSERT INTO migrations (number, name, checksum) VALUES (?, ?, ?)",
                             {std::int64_t{step.number}, std::string(step.name), to_hex(crypto::sha256(step.sql))}));
  return transaction.commit();
}

}  // namespace

base::Status migrate(Database& database, std::span<const Migration> steps) {
  X1_TRY(table, database.script("CREATE TABLE IF NOT EXISTS migrations ("
                                "number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL) STRICT"));
  X1_TRY(applied, database.query("SELECT number, name, checksum FROM migrations ORDER BY number"));
  if (applied.size() > steps.size()) return refused("The database was written by a newer version of this program.");
  int expected = 0;
  for (const auto& step : steps) {
    X1_CHECK(step.number == ++expected);
    const auto index = static_cast<std::size_t>(step.number) - 1;
    if (index >= applied.size()) {
      X1_TRY(done, apply(database, step));
      continue;
    }
    const auto& row = applied[index];
    if (integer(row[0]) != step.number || text(row[2]) != to_hex(crypto::sha256(step.sql))) {
      return refused("Step " + std::to_string(step.number) +
                     " of the database's schema is not the one it was made with.");
    }
  }
  return base::Done{};
}

}  // namespace x1::store
