#include "policy/schema.hpp"

#include <doctest/doctest.h>

#include "wire/json.hpp"

namespace x1::policy {
namespace {

wire::Value json(std::string_view text) {
  const auto value = wire::parse_json(text);
  REQUIRE_MESSAGE(value.ok(), std::string(text));
  return *value;
}

wire::Value with_property(std::string_view property) {
  return json(R"({"type":"object","additionalProperties":false,"properties":{"x":)" + std::string(property) + "}}");
}

std::string problem(const wire::Value& schema) {
  const auto found = check_schema(schema);
  return found ? found->where : "none";
}

bool fits(std::string_view property, std::string_view argument) {
  return check_arguments(with_property(property), json(R"({"x":)" + std::string(argument) + "}")).ok();
}

TEST_CASE("the schemas that are understood") {
  for (const auto property :
       {R"({"type":"string"})", R"({"type":"string","maxLength":10,"enum":["a","b"],"description":"d"})",
        R"({"type":"string","format":"date-time"})", R"({"type":"integer","minimum":-1,"maximum":9})",
        R"({"type":"boolean","description":"d"})", R"({"type":"array","items":{"type":"string"},"maxItems":3})"}) {
    CAPTURE(property);
    CHECK(problem(with_property(property)) == "none");
  }
}

TEST_CASE("what is not understood in a schema is refused, and lets no argument pass") {
  for (const auto property :
       {R"({})", R"(1)", R"({"type":"number"})", R"({"type":["string"]})", R"({"type":"string","pattern":".*"})",
        R"({"type":"string","maxLength":0})", R"({"type":"string","maxLength":"9"})", R"({"type":"string","enum":[]})",
        R"({"type":"string","enum":[1]})", R"({"type":"string","format":"uri"})", R"({"type":"integer","minimum":"1"})",
        R"({"type":"integer","enum":[1]})", R"({"type":"boolean","const":true})", R"({"type":"array"})",
        R"({"type":"array","items":{"type":"object"}})", R"({"type":"array","items":{"type":"string","x":1}})",
        R"({"type":"object","properties":{}})", R"({"$ref":"#/x"})", R"({"type":"string","description":1})"}) {
    CAPTURE(property);
    CHECK(problem(with_property(property)).starts_with("properties/x"));
    CHECK_FALSE(fits(property, "\"a\""));
  }
  CHECK(problem(json(R"({"type":"object","properties":{}})")) == "additionalProperties");
  CHECK(problem(json(R"({"type":"object","properties":{},"additionalProperties":true})")) == "additionalProperties");
  CHECK(problem(json(R"({"type":"array","properties":{},"additionalProperties":false})")) == "type");
  CHECK(problem(json(R"({"type":"object","additionalProperties":false})")) == "properties");
  CHECK(problem(json(R"({"type":"object","additionalProperties":false,"properties":{},"required":["x"]})")) ==
        "required");
  CHECK(problem(json(R"({"type":"object","additionalProperties":false,"properties":{},"oneOf":[]})")) == "oneOf");
  CHECK(problem(
            json(R"({"type":"object","additionalProperties":false,"properties":{"connection":{"type":"string"}}})")) ==
        "properties/connection");
  CHECK(problem(json("[]")) == "");
}

TEST_CASE("texts are held to their length, choices and form") {
  CHECK(fits(R"({"type":"string","maxLength":3})", R"("abc")"));
  CHECK_FALSE(fits(R"({"type":"string","maxLength":3})", R"("abcd")"));
  CHECK_FALSE(fits(R"({"type":"string","maxLength":3})", R"("\u00e4\u00e4")"));  // bytes, not letters
  CHECK_FALSE(fits(R"({"type":"string"})", "\"" + std::string(4097, 'a') + "\""));
  CHECK_FALSE(fits(R"({"type":"string"})", R"("a\u0000b")"));
  CHECK_FALSE(fits(R"({"type":"string"})", "1"));
  CHECK_FALSE(fits(R"({"type":"string"})", "null"));
  CHECK(fits(R"({"type":"string","enum":["a","b"]})", R"("b")"));
  CHECK_FALSE(fits(R"({"type":"string","enum":["a","b"]})", R"("c")"));
  CHECK_FALSE(fits(R"({"type":"string","format":"date-time"})", R"("tomorrow")"));
}

TEST_CASE("numbers, truths and lists are held to theirs") {
  CHECK(fits(R"({"type":"integer","minimum":1,"maximum":9})", "1"));
  CHECK(fits(R"({"type":"integer","minimum":1,"maximum":9})", "9"));
  CHECK_FALSE(fits(R"({"type":"integer","minimum":1,"maximum":9})", "0"));
  CHECK_FALSE(fits(R"({"type":"integer","minimum":1,"maximum":9})", "10"));
  CHECK_FALSE(fits(R"({"type":"integer"})", "1.5"));
  CHECK_FALSE(fits(R"({"type":"integer"})", R"("1")"));
  CHECK(fits(R"({"type":"boolean"})", "false"));
  CHECK_FALSE(fits(R"({"type":"boolean"})", "0"));
  const auto list = R"({"type":"array","items":{"type":"string","maxLength":1},"maxItems":2})";
  CHECK(fits(list, "[]"));
  CHECK(fits(list, R"(["a","b"])"));
  CHECK_FALSE(fits(list, R"(["a","b","c"])"));
  CHECK_FALSE(fits(list, R"(["ab"])"));
  CHECK_FALSE(fits(list, R"([["a"]])"));
  CHECK_FALSE(fits(list, R"("a")"));
}

TEST_CASE("an argument missing or unknown is named") {
  const auto schema = json(
      R"({"type":"object","additionalProperties":false,"properties":{"start":{"type":"string"}},"required":["start"]})");
  CHECK(check_arguments(schema, json(R"({"start":"x"})")).ok());
  const auto missing = check_arguments(schema, json("{}"));
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().code == base::Code::invalid_request);
  CHECK(missing.error().message == "The argument 'start' is missing.");
  const auto unknown = check_arguments(schema, json(R"({"start":"x","force":true})"));
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().message.find("'force'") != std::string::npos);
  CHECK_FALSE(check_arguments(schema, json("[]")).ok());
  CHECK_FALSE(check_arguments(schema, json("null")).ok());
}

TEST_CASE("times are RFC 3339 and exist") {
  for (const auto text : {"2026-11-24T19:55:28Z", "2026-11-24T19:55:28.123456Z", "2026-11-24T19:55:28+01:00",
                          "2024-02-29T00:00:00-12:30", "2026-12-31T23:59:60Z"}) {
    CAPTURE(text);
    CHECK(is_date_time(text));
  }
  for (const auto text :
       {"", "2026-11-24", "2026-11-24T19:55:28", "2026-11-24 19:55:28Z", "2026-11-24t19:55:28z", "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-11-31T00:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T19:60:28Z",
        "2026-11-24T19:55:61Z", "2026-11-24T19:55:28.Z", "2026-11-24T19:55:28+1:00", "2026-11-24T19:55:28+24:00",
        "2026-11-24T19:55:28ZZ", "+026-11-24T19:55:28Z", "2026-11-24T19:55:28.00000000000000000000000Z"}) {
    CAPTURE(text);
    CHECK_FALSE(is_date_time(text));
  }
}

}  // namespace
}  // namespace x1::policy
