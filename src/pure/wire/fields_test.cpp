#include "wire/fields.hpp"

#include <doctest/doctest.h>

#include "base/id.hpp"

namespace x1::wire {

TEST_CASE("members are read by name and type, and all of them are accounted for") {
  const Value value(
      Value::Object{{"name", "ada"}, {"count", 3}, {"on", true}, {"list", Value::Array{1}}, {"session", "s1"}});
  Fields fields(value, "the example");
  CHECK(fields.string("name") == "ada");
  CHECK(fields.integer("count", 1, 5) == 3);
  CHECK(fields.boolean("on"));
  CHECK(fields.any("list") == Value(Value::Array{1}));
  CHECK(fields.id<base::SessionId>("session")->text() == "s1");
  CHECK(fields.optional_string("more") == std::nullopt);
  CHECK(fields.optional_integer("more", 0, 1) == std::nullopt);
  CHECK(fields.optional_boolean("more") == std::nullopt);
  CHECK(fields.optional_any("more") == std::nullopt);
  CHECK(fields.finish().ok());
}

TEST_CASE("a member that nobody asked for is refused by name") {
  const Value value(Value::Object{{"name", "ada"}, {"extra", 1}});
  Fields fields(value, "the example");
  (void)fields.string("name");
  const auto status = fields.finish();
  REQUIRE(!status.ok());
  CHECK(status.error().code == base::Code::invalid_request);
  CHECK(status.error().message == "In the example: \"extra\" is not known here.");
}

TEST_CASE("a member name with control characters is not repeated in the message") {
  const Value value(Value::Object{{"\x1b[31m", 1}});
  CHECK(Fields(value, "the example").finish().error().message ==
        "In the example: a name that can't be shown is not known here.");
}

TEST_CASE("the first failure is the one that is told") {
  const Value value(Value::Object{{"name", 5}, {"count", 9}});
  Fields fields(value, "the example");
  CHECK(fields.string("name").empty());
  CHECK(fields.integer("count", 1, 5) == 1);
  CHECK(!fields.boolean("missing"));
  CHECK(fields.finish().error().message == "In the example: \"name\" is not a string.");
}

TEST_CASE("wrong types, lengths, ranges and ids fail") {
  const Value value(Value::Object{{"a", "12345"}, {"n", 9}, {"b", 0}, {"i", "Not An Id"}, {"nul", Value()}});
  const auto failed = [&](auto read) {
    Fields fields(value, "the example");
    read(fields);
    return fields.finish().error().message;
  };
  CHECK(failed([](Fields& f) { (void)f.string("a", 4); }).find("longer than 4 bytes") != std::string::npos);
  CHECK(failed([](Fields& f) { (void)f.optional_integer("n", 0, 8); }).find("between 0 and 8") != std::string::npos);
  CHECK(failed([](Fields& f) { (void)f.integer("a", 0, 8); }).find("not an integer") != std::string::npos);
  CHECK(failed([](Fields& f) { (void)f.boolean("b"); }).find("not true or false") != std::string::npos);
  CHECK(failed([](Fields& f) { (void)f.id<base::UserId>("i"); }).find("is not an id") != std::string::npos);
  CHECK(failed([](Fields& f) { (void)f.string("none"); }).find("is missing") != std::string::npos);
  CHECK(failed([](Fields& f) { (void)f.any("none"); }).find("is missing") != std::string::npos);
  CHECK(failed([](Fields& f) { (void)f.optional_string("nul"); }).find("not a string") != std::string::npos);
  CHECK(failed([](Fields& f) { f.fail("a", "is odd"); }) == "In the example: \"a\" is odd.");
}

TEST_CASE("something that is no object fails at once") {
  const Value value(5);
  Fields fields(value, "the example");
  CHECK(fields.string("name").empty());
  CHECK(fields.finish().error().message == "In the example: it is not a JSON object.");
}

}  // namespace x1::wire
