#include "os/arguments.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace x1;

namespace {

base::Result<os::Arguments> parse(std::vector<std::string> words) {
  words.insert(words.begin(), "program");
  std::vector<char*> argv;
  for (auto& word : words)
    argv.push_back(word.data());
  return os::Arguments::parse(static_cast<int>(argv.size()), argv.data(), {"--listener", "--state"});
}

}  // namespace

TEST_CASE("known names have their values") {
  const auto arguments = parse({"--listener", "2", "--state", "/x"});
  REQUIRE(arguments.ok());
  CHECK(arguments->text("--state").value() == "/x");
  CHECK(arguments->descriptor("--listener").value() == 2);
  CHECK_FALSE(arguments->has("--other"));
}

TEST_CASE("what is unknown, repeated or without a value is refused") {
  CHECK_FALSE(parse({"--other", "1"}).ok());
  CHECK_FALSE(parse({"--state", "a", "--state", "b"}).ok());
  CHECK_FALSE(parse({"--state"}).ok());
  CHECK_FALSE(parse({}).value().text("--state").ok());
}

TEST_CASE("a descriptor is the number of an open one") {
  for (const auto* number : {"", "-1", "2x", "4095", "99999999999"})
    CHECK_FALSE(parse({"--listener", number}).value().descriptor("--listener").ok());
}
