#include "broker/uplink.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>

using namespace x1;
using namespace x1::broker;

namespace {

struct Lines {
  Lines() : folder((std::filesystem::temp_directory_path() / "x1-outbox-XXXXXX").string()) {
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
    auto opened = LineFile::open(folder + "/lines", [](std::string_view) { return base::Status(base::Done{}); });
    REQUIRE(opened.ok());
    file.emplace(std::move(opened).value());
  }
  ~Lines() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;
  void add(std::initializer_list<std::string_view> lines) {
    for (const auto line : lines)
      file->add(line);
    REQUIRE(file->sync().ok());
  }
  std::string folder;
  std::optional<LineFile> file;
};

std::string next(const Outbox& outbox, std::size_t most_lines = 256) {
  auto batch = outbox.next(most_lines, 1024);
  REQUIRE(batch.ok());
  return batch->text;
}

}  // namespace

TEST_CASE("what is not acknowledged is sent again, what is acknowledged is not") {
  Lines lines;
  Outbox outbox(*lines.file);
  CHECK(next(outbox).empty());
  lines.add({"one", "two", "three"});
  CHECK(next(outbox) == "one\ntwo\nthree");
  CHECK(next(outbox) == "one\ntwo\nthree");
  CHECK(next(outbox, 1) == "one");
  REQUIRE(outbox.acknowledged(2).ok());
  CHECK(next(outbox) == "three");
  REQUIRE(outbox.acknowledged(3).ok());
  CHECK(outbox.idle());
  lines.add({"four"});
  CHECK_FALSE(outbox.idle());
  CHECK(next(outbox) == "four");
}

TEST_CASE("a batch knows the number of its last line, and what is acknowledged gives the text of its own") {
  Lines lines;
  Outbox outbox(*lines.file);
  lines.add({"one", "two", "three"});
  CHECK(outbox.acknowledged(0).value().empty());
  CHECK(outbox.acknowledged(1).value() == "one");
  const auto batch = outbox.next(2, 1024);
  REQUIRE(batch.ok());
  CHECK(batch->last == 3);
  CHECK(outbox.acknowledged(3).value() == "three");
  CHECK(outbox.acknowledged(3).value() == "three");
  CHECK(outbox.acknowledged(2).value() == "two");
  CHECK(outbox.acknowledged(0).value().empty());
}

TEST_CASE("after a restart one receipt moves past everything the API has") {
  Lines lines;
  for (int line = 0; line < 500; ++line)
    lines.add({"a line of the past"});
  Outbox outbox(*lines.file);
  REQUIRE(outbox.acknowledged(499).ok());
  CHECK(next(outbox) == "a line of the past");
}

TEST_CASE("an API that lost lines gets them again") {
  Lines lines;
  Outbox outbox(*lines.file);
  lines.add({"one", "two", "three"});
  REQUIRE(outbox.acknowledged(3).ok());
  REQUIRE(outbox.acknowledged(1).ok());
  CHECK(next(outbox) == "two\nthree");
}

TEST_CASE("an API that claims more than there is, is not believed") {
  Lines lines;
  Outbox outbox(*lines.file);
  lines.add({"one"});
  CHECK_FALSE(outbox.acknowledged(2).ok());
}
