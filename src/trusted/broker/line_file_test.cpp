#include "broker/line_file.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "os/file.hpp"

namespace x1::broker {
namespace {

struct OwnFolder {
  OwnFolder() : path((std::filesystem::temp_directory_path() / "x1-line-file-XXXXXX").string()) {
    REQUIRE(::mkdtemp(path.data()) != nullptr);
  }
  ~OwnFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  OwnFolder(const OwnFolder&) = delete;
  OwnFolder& operator=(const OwnFolder&) = delete;
  [[nodiscard]] std::string file() const { return path + "/lines"; }
  std::string path;
};

base::Result<LineFile> open(const OwnFolder& folder, std::vector<std::string>& seen) {
  seen.clear();
  return LineFile::open(folder.file(), [&](std::string_view line) -> base::Status {
    seen.emplace_back(line);
    return base::Done{};
  });
}

TEST_CASE("lines that were synced come back in order") {
  const OwnFolder folder;
  std::vector<std::string> seen;
  {
    auto file = open(folder, seen);
    REQUIRE(file.ok());
    file->add("one");
    file->add("two");
    CHECK(file->has_unsynced());
    REQUIRE(file->sync().ok());
    file->add("never written");
  }
  const auto again = open(folder, seen);
  REQUIRE(again.ok());
  CHECK(seen == std::vector<std::string>{"one", "two"});
  CHECK(again->cut_off() == 0);
}

TEST_CASE("wherever a crash cuts the file, the whole lines before it are there and nothing else") {
  const std::string whole = "first\nsecond\nthird\n";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    CAPTURE(size);
    const OwnFolder folder;
    REQUIRE(os::write_file(folder.file(), whole.substr(0, size)).ok());
    std::vector<std::string> seen;
    auto file = open(folder, seen);
    REQUIRE(file.ok());
    const auto lines = static_cast<std::size_t>(std::ranges::count(whole.substr(0, size), '\n'));
    CHECK(seen.size() == lines);
    const auto kept = whole.substr(0, size).rfind('\n');
    CHECK(file->cut_off() == size - (kept == std::string::npos ? 0 : kept + 1));
    // What comes next is a line of its own, not the rest of a torn one.
    file->add("next");
    REQUIRE(file->sync().ok());
    const auto text = os::read_file(folder.file());
    CHECK(text->ends_with(lines == 0 ? "next\n" : "\nnext\n"));
  }
}

TEST_CASE("what was written outlives the process, and is not given to anybody before it is synced") {
  const OwnFolder folder;
  std::vector<std::string> seen;
  {
    auto file = open(folder, seen);
    REQUIRE(file.ok());
    file->add("one");
    REQUIRE(file->write().ok());
    CHECK(file->has_unsynced());
    CHECK(file->size() == 0);
    CHECK(file->read(0, 100)->empty());
    file->add("two");
    REQUIRE(file->sync().ok());
    CHECK_FALSE(file->has_unsynced());
    CHECK(*file->read(0, 100) == "one\ntwo\n");
    file->add("three");
    REQUIRE(file->write().ok());
  }
  REQUIRE(open(folder, seen).ok());
  CHECK(seen == std::vector<std::string>{"one", "two", "three"});
}

TEST_CASE("one process at a time") {
  const OwnFolder folder;
  std::vector<std::string> seen;
  const auto first = open(folder, seen);
  REQUIRE(first.ok());
  const auto second = open(folder, seen);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code == base::Code::conflict);
}

TEST_CASE("reading stops after a whole line") {
  const OwnFolder folder;
  std::vector<std::string> seen;
  auto file = open(folder, seen);
  REQUIRE(file.ok());
  file->add("12345");
  file->add("67890");
  REQUIRE(file->sync().ok());
  CHECK(*file->read(0, 8) == "12345\n");
  CHECK(*file->read(6, 100) == "67890\n");
  CHECK(*file->read(12, 100) == "");
}

}  // namespace
}  // namespace x1::broker
