#include "wire/secret_member.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "wire/json.hpp"

namespace x1::wire {
namespace {

crypto::Secret secret_of(std::string_view text) { return crypto::Secret::copy_of(base::as_bytes(text)).value(); }

std::string written(const Value& object, std::string_view secret) {
  return std::string(base::as_text(json_with_secret(object, "password", secret_of(secret)).value().expose()));
}

}  // namespace

TEST_CASE("the secret stands as the last member of the object") {
  CHECK(written(Value::Object{}, "x") == R"({"password":"x"})");
  CHECK(written(Value::Object{{"user", "ada"}, {"zone", 1}}, "x y") == R"({"user":"ada","zone":1,"password":"x y"})");
}

TEST_CASE("whatever the secret holds, a strict reader gets exactly that back") {
  const std::vector<std::string> secrets{std::string(R"(a"b\c)"), std::string("line\nand\ttab"), std::string("\0x", 2),
                                         std::string("ü €"),      std::string("\x7f"),           std::string()};
  for (const auto& secret : secrets) {
    const auto read = parse_json(written(Value::Object{{"user", "ada"}}, secret));
    REQUIRE(read.ok());
    CHECK(*read->find_string("password") == secret);
    CHECK(*read->find_string("user") == "ada");
  }
}

TEST_CASE("a secret that is not UTF-8 is refused, for no reader would take it") {
  CHECK_FALSE(json_with_secret(Value::Object{}, "password", secret_of("\xff")).ok());
}

}  // namespace x1::wire
