#include "wire/json.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <charconv>
#include <limits>
#include <memory>

#include "wire/random_value.hpp"

namespace x1::wire {
namespace {

using base::Code;

Code refused(std::string_view text, const JsonLimits& limits = {}) {
  const auto read = parse_json(text, limits);
  REQUIRE_MESSAGE(!read.ok(), text);
  return read.error().code;
}

Value accepted(std::string_view text) {
  auto read = parse_json(text);
  REQUIRE_MESSAGE(read.ok(), text);
  return std::move(read).value();
}

std::string rewritten(std::string_view text) { return canonical_json(accepted(text)); }

}  // namespace

TEST_CASE("every kind of JSON value is read as its own type") {
  const auto value = accepted(R"( {"a":[1,-2,1.5,true,false,null,"x"],"b":{}} )");
  const Value expected(Value::Object{
      {"a", Value::Array{1, -2, 1.5, true, false, Value(), "x"}},
      {"b", Value::Object{}},
  });
  CHECK(value == expected);
  CHECK(accepted("\"\"") == Value(""));
  CHECK(accepted(R"("\u0000\ud83d\ude00\/")") == Value(std::string("\0\xf0\x9f\x98\x80/", 6)));
}

TEST_CASE("text that is not JSON is refused and the message names the byte") {
  for (const auto* text : {"",
                           " ",
                           "{",
                           "[1,]",
                           "{\"a\":1,}",
                           "{a:1}",
                           "'a'",
                           "01",
                           "+1",
                           ".5",
                           "1.",
                           "1e",
                           "nul",
                           "NaN",
                           "Infinity",
                           "[1] 2",
                           "\"a",
                           "\"\t\"",
                           "\"\\x\"",
                           "/*c*/1",
                           "1//c",
                           "\xef\xbb\xbf"
                           "1",
                           "{\"a\" 1}",
                           "[1 2]"}) {
    CHECK(refused(text) == Code::invalid_json);
  }
  CHECK(parse_json("[1,x]").error().message.find("byte 3") != std::string::npos);
}

TEST_CASE("a member name may not stand twice, however it is written") {
  CHECK(refused(R"({"a":1,"a":2})") == Code::invalid_json);
  CHECK(refused(R"({"a":1,"\u0061":2})") == Code::invalid_json);
  CHECK(refused(R"([{"x":{"a":{},"a":[]}}])") == Code::invalid_json);
  CHECK(accepted(R"([{"a":1},{"a":1}])").array()->size() == 2);
}

TEST_CASE("invalid UTF-8 and lone surrogates are refused") {
  for (const auto* text : {"\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe2\x82\"",
                           "{\"\x80\":1}", R"("\ud800")", R"("\udc00")", R"("\ud800\ud800")", R"("\ud800x")"}) {
    CHECK(refused(text) == Code::invalid_json);
  }
}

TEST_CASE("numbers are int64 or finite doubles, and never lose digits silently") {
  CHECK(*accepted("9223372036854775807").integer() == std::numeric_limits<std::int64_t>::max());
  CHECK(*accepted("-9223372036854775808").integer() == std::numeric_limits<std::int64_t>::min());
  CHECK(*accepted("-0").integer() == 0);
  CHECK(*accepted("1.0").integer() == 1);
  CHECK(*accepted("1e3").integer() == 1000);
  CHECK(accepted("0.1").data() == Value::Data(0.1));
  CHECK(accepted("1e300").data() == Value::Data(1e300));
  for (const auto* text : {"9223372036854775808", "18446744073709551615", "-9223372036854775809", "1e400", "-1e400",
                           "1e-400", "123456789012345678901234567890"}) {
    CHECK(refused(text) == Code::invalid_json);
  }
}

TEST_CASE("limits on bytes, depth and number of values hold") {
  CHECK(refused("[1,2,3]", {.bytes = 6}) == Code::too_large);
  CHECK(refused("[[[1]]]", {.depth = 2}) == Code::too_large);
  CHECK(parse_json("[[1]]", {.depth = 2}).ok());
  CHECK(refused("[1,2,3]", {.values = 3}) == Code::too_large);
  CHECK(parse_json("[1,2,3]", {.values = 4}).ok());
  CHECK(refused(std::string(1000, '[')) == Code::too_large);
}

TEST_CASE("canonical JSON is what RFC 8785 shows") {
  // RFC 8785, sections 3.2.2 and 3.2.3
  CHECK(rewritten(R"({"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],)"
                  R"("string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]})") ==
        "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
        "\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
  CHECK(
      rewritten(
          R"({"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",)"
          R"("\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"})") ==
      "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\",\"\xc3\xb6\":\"Latin Small Letter O With "
      "Diaeresis\","
      "\"\xe2\x82\xac\":\"Euro Sign\",\"\xf0\x9f\x98\x80\":\"Emoji: Grinning Face\",\"\xef\xac\xb3\":\"Hebrew Letter "
      "Dalet With Dagesh\"}");
  CHECK(rewritten(R"("\b\t\n\f\r\u0000\u001f\u007f\/")") == "\"\\b\\t\\n\\f\\r\\u0000\\u001f\x7f/\"");
}

TEST_CASE("numbers are written as ECMAScript writes them") {
  // RFC 8785, appendix B
  const std::pair<std::uint64_t, std::string_view> samples[] = {
      {0x0000000000000000, "0"},
      {0x8000000000000000, "0"},
      {0x0000000000000001, "5e-324"},
      {0x8000000000000001, "-5e-324"},
      {0x7fefffffffffffff, "1.7976931348623157e+308"},
      {0xffefffffffffffff, "-1.7976931348623157e+308"},
      {0x4340000000000000, "9007199254740992"},
      {0xc340000000000000, "-9007199254740992"},
      {0x4430000000000000, "295147905179352830000"},
      {0x44b52d02c7e14af5, "9.999999999999997e+22"},
      {0x44b52d02c7e14af6, "1e+23"},
      {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
      {0x444b1ae4d6e2ef4e, "999999999999999700000"},
      {0x444b1ae4d6e2ef4f, "999999999999999900000"},
      {0x444b1ae4d6e2ef50, "1e+21"},
      {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
      {0x3eb0c6f7a0b5ed8d, "0.000001"},
      {0x41b3de4355555553, "333333333.3333332"},
      {0x41b3de4355555554, "333333333.33333325"},
      {0x41b3de4355555555, "333333333.3333333"},
      {0x41b3de4355555556, "333333333.3333334"},
      {0x41b3de4355555557, "333333333.33333343"},
      {0xbecbf647612f3696, "-0.0000033333333333333333"},
      {0x43143ff3c1cb0959, "1424953923781206.2"},
  };
  for (const auto& [bits, text] : samples)
    CHECK(canonical_number(std::bit_cast<double>(bits)) == text);
}

TEST_CASE("what was written is read back as the same value, and written the same again") {
  CHECK(rc::check("round trip", [] {
    const auto value = *testing::random_value();
    const auto text = canonical_json(value);
    const auto read = parse_json(text, {.bytes = 1 << 24, .values = 1 << 24});
    RC_ASSERT(read.ok());
    RC_ASSERT(*read == value);
    RC_ASSERT(canonical_json(*read) == text);
  }));
}

TEST_CASE("any double at all keeps its canonical text") {
  CHECK(rc::check("number text", [](std::uint64_t bits) {
    const auto number = std::bit_cast<double>(bits);
    RC_PRE(std::isfinite(number));
    const auto text = canonical_number(number);
    double back = 0;
    std::from_chars(text.data(), std::to_address(text.end()), back);
    RC_ASSERT(back == number);
    const auto read = parse_json(text);
    RC_ASSERT(read.ok());
    RC_ASSERT(canonical_json(*read) == text);
  }));
}

TEST_CASE("a truncated text is refused, never read as something shorter") {
  CHECK(rc::check("truncation", [] {
    const Value value(Value::Array{*testing::random_value()});
    const auto text = canonical_json(value);
    const auto cut = *rc::gen::inRange<std::size_t>(0, text.size());
    RC_ASSERT(!parse_json(std::string_view(text).substr(0, cut)).ok());
  }));
}

TEST_CASE("members that differ only in how they were ordered give the same bytes") {
  CHECK(rewritten(R"({"b":1,"a":{"d":[],"c":0}})") == rewritten(R"({ "a" : {"c":0, "d":[]}, "b":1 })"));
}

}  // namespace x1::wire
