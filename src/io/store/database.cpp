#include "store/database.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <map>
#include <optional>

namespace x1::store {
namespace {

struct Finalize {
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
struct Close {
  void operator()(sqlite3* handle) const noexcept { sqlite3_close(handle); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

base::Error failed(sqlite3* handle, std::string_view act) {
  const int code = handle == nullptr ? SQLITE_NOMEM : sqlite3_extended_errcode(handle);
  if ((code & 0xff) == SQLITE_CONSTRAINT) {
    return base::Error{base::Code::conflict, "This contradicts what is already stored.", ""};
  }
  return base::Error{base::Code::storage_failed,
                     "The database refused to " + std::string(act) + ": " + sqlite3_errstr(code) + ".",
                     "check that the disk is not full and that the state folder belongs to this program"};
}

int bind(sqlite3_stmt* statement, int index, const Cell& cell) {
  if (const auto* number = std::get_if<std::int64_t>(&cell)) return sqlite3_bind_int64(statement, index, *number);
  if (const auto* words = std::get_if<std::string>(&cell)) {
    return sqlite3_bind_text64(statement, index, words->data(), words->size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  return sqlite3_bind_null(statement, index);
}

Cell column(sqlite3_stmt* statement, int index) {
  switch (sqlite3_column_type(statement, index)) {
    case SQLITE_INTEGER: return sqlite3_column_int64(statement, index);
    case SQLITE_TEXT: {
      const auto* first = static_cast<const char*>(static_cast<const void*>(sqlite3_column_text(statement, index)));
      return std::string(first, static_cast<std::size_t>(sqlite3_column_bytes(statement, index)));
    }
    default: return Null{};
  }
}

// Leaves the statement ready for its next use, however the present one ends.
struct Rewind {
  sqlite3_stmt* statement;
  ~Rewind() {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
  }
};

}  // namespace

std::int64_t integer(const Cell& cell) noexcept {
  const auto* number = std::get_if<std::int64_t>(&cell);
  return number == nullptr ? 0 : *number;
}

std::string text(const Cell& cell) {
  const auto* words = std::get_if<std::string>(&cell);
  return words == nullptr ? std::string() : *words;
}

struct Database::State {
  std::unique_ptr<sqlite3, Close> handle;                    // closed after the statements are gone
  std::map<std::string, Statement, std::less<>> statements;  // compiled once; as many as the code has texts

  base::Result<sqlite3_stmt*> prepare(std::string_view sql) {
    if (const auto known = statements.find(sql); known != statements.end()) return known->second.get();
    sqlite3_stmt* raw = nullptr;
    const int code = sqlite3_prepare_v3(handle.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    if (code != SQLITE_OK || raw == nullptr) return failed(handle.get(), "prepare a statement");
    return statements.emplace(std::string(sql), Statement(raw)).first->second.get();
  }
};

Database::Database(std::unique_ptr<State> state) : state_(std::move(state)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

base::Result<Database> Database::open(const std::string& path) {
  auto state = std::make_unique<State>();
  sqlite3* raw = nullptr;
  const mode_t before = umask(0077);
  const int code =
      sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  umask(before);
  state->handle.reset(raw);
  if (code != SQLITE_OK) return failed(raw, "open its file");
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, 5'000);
  // A file that somebody prepared must not make us run its triggers, views or functions.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  Database database(std::move(state));
  X1_TRY(settings, database.script("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                                   "PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY;"));
  return database;
}

base::Status Database::script(std::string_view sql) {
  const std::string whole(sql);
  if (sqlite3_exec(state_->handle.get(), whole.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return failed(state_->handle.get(), "run a script");
  }
  return base::Done{};
}

base::Result<std::vector<Row>> Database::query(std::string_view sql, const std::vector<Cell>& cells) {
  X1_TRY(statement, state_->prepare(sql));
  const Rewind rewind{statement};
  X1_CHECK(static_cast<std::size_t>(sqlite3_bind_parameter_count(statement)) == cells.size());
  int index = 0;
  for (const auto& cell : cells) {
    if (bind(statement, ++index, cell) != SQLITE_OK) return failed(state_->handle.get(), "take a value");
  }
  std::vector<Row> rows;
  for (;;) {
    const int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) return rows;
    if (code != SQLITE_ROW) return failed(state_->handle.get(), "run a statement");
    auto& row = rows.emplace_back();
    for (int i = 0; i < sqlite3_column_count(statement); ++i)
      row.push_back(column(statement, i));
  }
}

base::Result<std::int64_t> Database::run(std::string_view sql, const std::vector<Cell>& cells) {
  X1_TRY(rows, query(sql, cells));
  return std::int64_t{sqlite3_changes64(state_->handle.get())};
}

bool Database::in_transaction() const noexcept { return sqlite3_get_autocommit(state_->handle.get()) == 0; }

base::Result<Transaction> Transaction::begin(Database& database) {
  const bool outermost = !database.in_transaction();
  X1_TRY(begun, database.run(outermost ? "BEGIN IMMEDIATE" : "SAVEPOINT x1"));
  return Transaction(database, outermost);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)), outermost_(other.outermost_) {}

Transaction::~Transaction() {
  if (database_ == nullptr) return;
  // Nothing is left to be done about a failure here: what can't be undone fails the next statement.
  [[maybe_unused]] const auto undone = database_->run(outermost_ ? "ROLLBACK" : "ROLLBACK TO x1");
  if (outermost_) return;
  [[maybe_unused]] const auto released = database_->run("RELEASE x1");
}

base::Status Transaction::commit() {
  X1_TRY(done, database_->run(outermost_ ? "COMMIT" : "RELEASE x1"));
  database_ = nullptr;
  return base::Done{};
}

}  // namespace x1::store
