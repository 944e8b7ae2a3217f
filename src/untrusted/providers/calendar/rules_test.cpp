#include "providers/calendar/rules.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

using namespace x1::calendar;

namespace {
std::optional<BoundRule> bound_of(const std::string& rule, const char* first = "20260201T100000Z",
                                  const char* last = "20270201T100000Z") {
  const auto written = icalrecurrencetype_from_string(rule.c_str());
  auto bound = bound_rule(written, icaltime_from_string(first), icaltime_from_string(last));
  std::free(written.rscale);  // a rule that is read by itself owns it
  return bound;
}
}  // namespace

TEST_CASE("rules as people have them are followed") {
  for (const auto* rule : {"FREQ=HOURLY;BYDAY=MO", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=WEEKLY;BYDAY=MO,TU",
                           "FREQ=MONTHLY", "FREQ=MONTHLY;BYMONTHDAY=31", "FREQ=MONTHLY;BYMONTHDAY=-1",
                           "FREQ=MONTHLY;BYDAY=5MO", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
                           "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR", "FREQ=MONTHLY;INTERVAL=3;BYMONTH=2,5,8,11",
                           "FREQ=MONTHLY;BYMONTH=1,4,7,10;BYMONTHDAY=1", "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=29",
                           "FREQ=YEARLY", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO", "FREQ=YEARLY;BYYEARDAY=366",
                           "FREQ=YEARLY;INTERVAL=4;BYMONTH=3;BYDAY=-1SU", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO"}) {
    CAPTURE(rule);
    CHECK(bound_of(rule));
  }
  CHECK(bound_of("FREQ=MONTHLY", "20280229"));
  CHECK(bound_of("FREQ=YEARLY", "23991231T235959"));
}

TEST_CASE("a rule without an occurrence is not followed") {
  for (const auto* rule : {"FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MONTHLY;BYDAY=6MO",
                           "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6", "FREQ=MONTHLY;INTERVAL=12;BYMONTH=3",
                           "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=30", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
                           "FREQ=YEARLY;INTERVAL=4;BYYEARDAY=366", "FREQ=YEARLY;BYDAY=MO;BYSETPOS=300", "FREQ=SECONDLY",
                           "FREQ=MINUTELY", "RSCALE=CHINESE;FREQ=DAILY", "FREQ=NEVER"}) {
    CAPTURE(rule);
    CHECK_FALSE(bound_of(rule));
  }
}

TEST_CASE("the steps are those to the end, or to the rule's own, with all that one period holds") {
  CHECK(bound_of("FREQ=DAILY")->steps == 368);
  CHECK(bound_of("FREQ=DAILY;UNTIL=20260204T100000Z")->steps == 5);
  CHECK(bound_of("FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30")->steps == 367 * 24 + 1);
  CHECK(bound_of("FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=0,30;BYMONTH=2;BYMONTHDAY=30")->steps == 368 * 6);
  CHECK(bound_of("FREQ=WEEKLY;BYDAY=MO,TU")->steps == 54 * 2);
  CHECK(bound_of("FREQ=DAILY;INTERVAL=100")->steps == 4);
  CHECK(bound_of("FREQ=DAILY", "20300101T000000Z")->steps == 2);
  // From a Sunday's 1 February on: in 2032 the 29th is one for the next time.
  CHECK(bound_of("FREQ=YEARLY")->steps == 3 + 4);
  CHECK(bound_of("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU")->steps == 3 + 7 * 4);
}

TEST_CASE("a rule ends after the day that is asked for, or where it says itself") {
  CHECK(std::string(icaltime_as_ical_string(bound_of("FREQ=DAILY")->rule.until)) == "20270202T100000Z");
  CHECK(std::string(icaltime_as_ical_string(bound_of("FREQ=DAILY;UNTIL=20260204T100000Z")->rule.until)) ==
        "20260204T100000Z");
}
