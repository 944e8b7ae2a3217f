#include "store/database.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "store/migrate.hpp"

using namespace x1;
using store::Cell;
using store::Database;

namespace {

Database memory() {
  auto opened = Database::open(":memory:");
  REQUIRE(opened.ok());
  return std::move(opened).value();
}

std::int64_t count(Database& database) {
  auto rows = database.query("SELECT count(*) FROM t");
  REQUIRE(rows.ok());
  return store::integer((*rows)[0][0]);
}

Database with_table() {
  auto database = memory();
  REQUIRE(database.script("CREATE TABLE t (k TEXT PRIMARY KEY, n INTEGER) STRICT").ok());
  return database;
}

struct Folder {
  Folder() { REQUIRE(::mkdtemp(path.data()) != nullptr); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path = std::filesystem::temp_directory_path() / "x1-store-XXXXXX";
};

}  // namespace

TEST_CASE("what is stored is read back, bytes and all") {
  auto database = with_table();
  const std::string odd("a\0b\n\xc3\xa9", 6);
  REQUIRE(database.run("INSERT INTO t VALUES (?, ?)", {odd, std::int64_t{-7}}).ok());
  REQUIRE(database.run("INSERT INTO t VALUES (?, ?)", {std::string("none"), store::Null{}}).ok());
  auto rows = database.query("SELECT k, n FROM t ORDER BY n DESC");
  REQUIRE(rows.ok());
  CHECK(store::text((*rows)[0][0]) == odd);
  CHECK((*rows)[0][1] == Cell(std::int64_t{-7}));
  CHECK((*rows)[1][1] == Cell(store::Null{}));
}

TEST_CASE("a value is never read as SQL") {
  auto database = with_table();
  REQUIRE(database.run("INSERT INTO t VALUES (?, 1)", {std::string("x'); DROP TABLE t; --")}).ok());
  CHECK(count(database) == 1);
}

TEST_CASE("a second row with the same key is a conflict") {
  auto database = with_table();
  REQUIRE(database.run("INSERT INTO t VALUES ('a', 1)").ok());
  CHECK(database.run("INSERT INTO t VALUES ('a', 2)").error().code == base::Code::conflict);
}

TEST_CASE("a transaction that is not committed leaves nothing") {
  auto database = with_table();
  {
    auto transaction = store::Transaction::begin(database);
    REQUIRE(transaction.ok());
    REQUIRE(database.run("INSERT INTO t VALUES ('a', 1)").ok());
  }
  CHECK(count(database) == 0);
}

TEST_CASE("D3: while one process is in a transaction that has only read, no other gets into one") {
  const Folder folder;
  auto one = Database::open(folder.path + "/x1.db").value();
  auto other = Database::open(folder.path + "/x1.db").value();
  REQUIRE(other.script("PRAGMA busy_timeout = 0").ok());
  {
    auto first = store::Transaction::begin(one);
    REQUIRE(first.ok());
    REQUIRE(one.query("SELECT count(*) FROM sqlite_schema").ok());
    CHECK_FALSE(store::Transaction::begin(other).ok());
  }
  CHECK(store::Transaction::begin(other).ok());
}

TEST_CASE("an inner transaction rolls back alone, an outer one takes the inner with it") {
  auto database = with_table();
  {
    auto outer = store::Transaction::begin(database);
    REQUIRE(database.run("INSERT INTO t VALUES ('outer', 1)").ok());
    {
      auto inner = store::Transaction::begin(database);
      REQUIRE(database.run("INSERT INTO t VALUES ('inner', 1)").ok());
    }
    CHECK(count(database) == 1);
    {
      auto kept = store::Transaction::begin(database);
      REQUIRE(database.run("INSERT INTO t VALUES ('kept', 1)").ok());
      REQUIRE(kept->commit().ok());
    }
    CHECK(count(database) == 2);
  }
  CHECK(count(database) == 0);
}

TEST_CASE("foreign keys are held") {
  auto database = memory();
  REQUIRE(database
              .script("CREATE TABLE a (id TEXT PRIMARY KEY) STRICT;"
                      "CREATE TABLE b (a TEXT NOT NULL REFERENCES a (id)) STRICT")
              .ok());
  CHECK(database.run("INSERT INTO b VALUES ('nobody')").error().code == base::Code::conflict);
}

TEST_CASE("a file that can't be opened says so") {
  CHECK(Database::open("/nonexistent/folder/x.db").error().code == base::Code::storage_failed);
}

TEST_CASE("migrations are applied once and in order") {
  auto database = memory();
  const std::vector<store::Migration> steps{{1, "first", "CREATE TABLE t (k TEXT) STRICT"},
                                            {2, "second", "INSERT INTO t VALUES ('a')"}};
  REQUIRE(store::migrate(database, std::span(steps).first(1)).ok());
  REQUIRE(store::migrate(database, steps).ok());
  REQUIRE(store::migrate(database, steps).ok());
  CHECK(count(database) == 1);
}

TEST_CASE("a migration that was edited after it had been applied stops the start") {
  auto database = memory();
  REQUIRE(store::migrate(database, std::vector<store::Migration>{{1, "first", "CREATE TABLE t (k TEXT) STRICT"}}).ok());
  const auto again =
      store::migrate(database, std::vector<store::Migration>{{1, "first", "CREATE TABLE t (k INTEGER) STRICT"}});
  CHECK(again.error().code == base::Code::storage_failed);
}

TEST_CASE("a database of a newer version is refused") {
  auto database = memory();
  REQUIRE(store::migrate(database, std::vector<store::Migration>{{1, "first", "CREATE TABLE t (k TEXT) STRICT"}}).ok());
  CHECK(store::migrate(database, {}).error().code == base::Code::storage_failed);
}

TEST_CASE("a migration that fails half-way leaves nothing of itself") {
  auto database = memory();
  const std::vector<store::Migration> steps{{1, "broken", "CREATE TABLE t (k TEXT) STRICT; NOT SQL;"}};
  CHECK_FALSE(store::migrate(database, steps).ok());
  CHECK(database.query("SELECT * FROM t").error().code == base::Code::storage_failed);
}
