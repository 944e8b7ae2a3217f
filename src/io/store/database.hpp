// Database: one SQLite file, opened so that what was committed is on the disk (WAL, synchronous=FULL), foreign keys are
// held and nobody else's schema tricks run. One thread uses one Database; it holds no judgement and no schema.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace x1::store {

// NULL, INTEGER, or TEXT (any bytes). Every table of ours is STRICT, so a column holds what it says.
struct Null {
  bool operator==(const Null&) const = default;
};
using Cell = std::variant<Null, std::int64_t, std::string>;
using Row = std::vector<Cell>;

// The value of a cell, or the type's empty value when the cell holds something else.
[[nodiscard]] std::int64_t integer(const Cell& cell) noexcept;
[[nodiscard]] std::string text(const Cell& cell);

class Database {
 public:
  // Creates the file (mode 0600) when it is not there. ":memory:" for tests. Fails with storage_failed.
  [[nodiscard]] static base::Result<Database> open(const std::string& path);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  // Runs statements without parameters or results, separated by ';'. For schema only.
  [[nodiscard]] base::Status script(std::string_view sql);

  // One statement; its '?' are the cells, in order. Fails with conflict when a UNIQUE, CHECK or foreign key forbids it.
  [[nodiscard]] base::Result<std::vector<Row>> query(std::string_view sql, const std::vector<Cell>& cells = {});
  // The same for a statement without results: how many rows it changed.
  [[nodiscard]] base::Result<std::int64_t> run(std::string_view sql, const std::vector<Cell>& cells = {});
  [[nodiscard]] bool in_transaction() const noexcept;

 private:
  struct State;
  explicit Database(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// All that happens to the database while it lives, or nothing: rolled back unless committed. Transactions nest, the
// inner ones as savepoints. Only one process at a time is in one: what is read in it stays true until it is committed,
// and another waits for its turn instead of failing half-way.
class Transaction {
 public:
  [[nodiscard]] static base::Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  [[nodiscard]] base::Status commit();

 private:
  Transaction(Database& database, bool outermost) : database_(&database), outermost_(outermost) {}
  Database* database_;  // nothing once it is over
  bool outermost_;
};

}  // namespace x1::store
