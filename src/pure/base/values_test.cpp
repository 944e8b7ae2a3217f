#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <set>
#include <string>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/result.hpp"

namespace x1::base {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return Error{Code::invalid_request, "The number is odd.", "add one"};
  return number / 2;
}

Result<int> quarter(int number) {
  X1_TRY(first, half(number));
  X1_TRY(second, half(first));
  return second;
}

}  // namespace

TEST_CASE("a result is a value or an error, and an error is handed on unchanged") {
  CHECK(*quarter(8) == 2);
  CHECK(quarter(6).error() == Error{Code::invalid_request, "The number is odd.", "add one"});
  CHECK(!quarter(1));
  CHECK(describe(quarter(1).error()) == "invalid_request: The number is odd. (add one)");
  CHECK(describe(Error{Code::conflict, "No.", ""}) == "conflict: No.");
}

TEST_CASE("every error code has a name of its own, in lower case") {
  std::set<std::string> names;
  for (const auto code : all_codes()) {
    const std::string name(to_string(code));
    CHECK(is_id_text(name));
    CHECK(names.insert(name).second);
  }
  CHECK(names.size() == static_cast<std::size_t>(Code::internal) + 1);
}

TEST_CASE("an id is one safe token") {
  for (const auto* good : {"a", "0", "s-1_x", "abcdefghijklmnopqrstuvwxyz234567"})
    CHECK(SessionId::parse(good).ok());
  for (const auto* bad : {"", "A", "a.b", "a b", "a/b", "a*", ">", "a\n", "\xc3\xa9", "a\x1b"})
    CHECK(!SessionId::parse(bad).ok());
  CHECK(SessionId::parse(std::string(64, 'a')).ok());
  CHECK(!SessionId::parse(std::string(65, 'a')).ok());
  CHECK(!SessionId::parse(std::string_view("a\0", 2)).ok());
}

TEST_CASE("times are written in one form, and only that form is read") {
  const auto time = parse_time("2026-11-24T19:55:28.123Z");
  REQUIRE(time.ok());
  CHECK(format_time(*time) == "2026-11-24T19:55:28.123Z");
  CHECK(to_unix_seconds(*time) == 1'795'550'128);
  CHECK(format_time(from_unix_seconds(0)) == "1970-01-01T00:00:00.000Z");
  CHECK(to_unix_seconds(from_unix_seconds(-1) + Duration(1)) == -1);
  for (const auto* bad :
       {"", "2026-11-24T19:55:28Z", "2026-11-24 19:55:28.123Z", "2026-11-24T19:55:28.123+", "2026-02-30T00:00:00.000Z",
        "2026-13-01T00:00:00.000Z", "2026-11-24T24:00:00.000Z", "2026-11-24T19:60:00.000Z", "2026-11-24T19:55:60.000Z",
        "2026-11-24T19:55:28.12aZ", "-026-11-24T19:55:28.123Z", "2026-11-24T19:55:28.123Z "})
    CHECK_MESSAGE(!parse_time(bad).ok(), std::string(bad));
  CHECK(rc::check("round trip", [] {
    const auto any = TimePoint(Duration(*rc::gen::inRange<std::int64_t>(0, 253'402'300'800'000)));
    const auto read = parse_time(format_time(any));
    RC_ASSERT(read.ok());
    RC_ASSERT(*read == any);
  }));
}

TEST_CASE("a fake clock stands still until it is moved") {
  FakeClock clock(from_unix_seconds(100));
  CHECK(clock.now() == from_unix_seconds(100));
  clock.advance(std::chrono::seconds(5));
  CHECK(clock.now() == from_unix_seconds(105));
}

}  // namespace x1::base
