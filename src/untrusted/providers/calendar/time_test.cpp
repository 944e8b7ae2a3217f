#include "providers/calendar/time.hpp"

#include <doctest/doctest.h>

namespace x1::calendar {
namespace {

TEST_CASE("a time with an offset is the same moment in UTC") {
  const auto berlin = parse_rfc3339("2026-11-24T09:00:00+01:00");
  const auto utc = parse_rfc3339("2026-11-24T08:00:00Z");
  REQUIRE(berlin.ok());
  REQUIRE(utc.ok());
  CHECK(*berlin == *utc);
  CHECK(format_rfc3339(*berlin) == "2026-11-24T08:00:00Z");
  CHECK(format_ical(*berlin) == "20261124T080000Z");
  CHECK(format_date(*berlin) == "2026-11-24");
}

TEST_CASE("fractions of a second are read and dropped") {
  CHECK(format_rfc3339(*parse_rfc3339("2026-11-24T08:00:00.999-05:30")) == "2026-11-24T13:30:00Z");
}

TEST_CASE("what is not a time is refused") {
  for (const auto* text : {"", "2026-11-24", "2026-11-24T08:00:00", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
                           "2026-11-24T24:00:00Z", "2026-11-24T08:00:00+1:00", "2026-11-24T08:00:00.Z",
                           "2026-11-24 08:00:00Z", "xxxx-11-24T08:00:00Z", "2026-11-24T08:00:00Zjunk"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_rfc3339(text).ok());
  }
}

}  // namespace
}  // namespace x1::calendar
