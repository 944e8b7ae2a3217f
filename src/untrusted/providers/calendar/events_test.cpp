#include "providers/calendar/events.hpp"

#include <doctest/doctest.h>
#include <algorithm>

namespace x1::calendar {
namespace {

Seconds at(std::string_view text) { return *parse_rfc3339(text); }

Resource object(const std::string& events) {
  return {"/ada/work/1.ics", "\"1\"",
          "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\n" + events + "END:VCALENDAR\r\n"};
}

std::string event(const std::string& lines) { return "BEGIN:VEVENT\r\nUID:u1\r\n" + lines + "END:VEVENT\r\n"; }

std::vector<std::string> starts_of(const base::Result<std::vector<Event>>& events) {
  REQUIRE(events.ok());
  std::vector<std::string> starts;
  for (const auto& each : *events)
    starts.push_back(format_rfc3339(each.start));
  return starts;
}

TEST_CASE("a single event is listed when it touches the range") {
  const auto lunch = object(event("SUMMARY:Lunch\r\nDTSTART:20261124T120000Z\r\nDTEND:20261124T130000Z\r\n"));
  const auto found = occurrences(lunch, at("2026-11-24T12:30:00Z"), at("2026-11-25T00:00:00Z"));
  REQUIRE(found.ok());
  REQUIRE(found->size() == 1);
  CHECK(found->front().summary == "Lunch");
  CHECK_FALSE(found->front().recurring);
  CHECK(starts_of(occurrences(lunch, at("2026-11-24T13:00:00Z"), at("2026-11-25T00:00:00Z"))).empty());
}

TEST_CASE("a weekly event comes as its occurrences, without the excluded one and with the moved one moved") {
  const auto weekly = object(
      event("SUMMARY:Team\r\nDTSTART:20261102T090000Z\r\nDTEND:20261102T100000Z\r\nRRULE:FREQ=WEEKLY\r\n"
            "EXDATE:20261109T090000Z\r\n") +
      event("SUMMARY:Team, "
            "moved\r\nRECURRENCE-ID:20261116T090000Z\r\nDTSTART:20261117T150000Z\r\nDTEND:20261117T160000Z\r\n"));
  auto starts = starts_of(occurrences(weekly, at("2026-11-01T00:00:00Z"), at("2026-12-01T00:00:00Z")));
  std::ranges::sort(starts);
  CHECK(starts == std::vector<std::string>{"2026-11-02T09:00:00Z", "2026-11-17T15:00:00Z", "2026-11-23T09:00:00Z",
                                           "2026-11-30T09:00:00Z"});
}

TEST_CASE("a local time follows its zone through the change to winter time") {
  const auto daily =
      object(event("SUMMARY:Stand-up\r\nDTSTART;TZID=Europe/Berlin:20261023T090000\r\n"
                   "DTEND;TZID=Europe/Berlin:20261023T091500\r\nRRULE:FREQ=DAILY;COUNT=4\r\n"));
  CHECK(starts_of(occurrences(daily, at("2026-10-01T00:00:00Z"), at("2026-11-01T00:00:00Z"))) ==
        std::vector<std::string>{"2026-10-23T07:00:00Z", "2026-10-24T07:00:00Z", "2026-10-25T08:00:00Z",
                                 "2026-10-26T08:00:00Z"});
}

TEST_CASE("an event of whole days is told in dates") {
  const auto day = object(event("SUMMARY:Holiday\r\nDTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261226\r\n"));
  const auto found = occurrences(day, at("2026-12-25T00:00:00Z"), at("2026-12-26T00:00:00Z"));
  REQUIRE(found.ok());
  REQUIRE(found->size() == 1);
  CHECK(*to_value(found->front()).find_string("start") == "2026-12-25");
}

TEST_CASE("a rule that repeats every second is refused, not followed") {
  const auto flood = object(event("DTSTART:19700101T000000Z\r\nDTEND:19700101T000001Z\r\nRRULE:FREQ=SECONDLY\r\n"));
  CHECK(occurrences(flood, at("2026-11-24T00:00:00Z"), at("2026-11-25T00:00:00Z")).error().code ==
        base::Code::too_large);
}

TEST_CASE("garbage is an error, never a crash") {
  CHECK_FALSE(master_event({"/x", "", ""}).ok());
  CHECK_FALSE(master_event({"/x", "", "BEGIN:VCARD\r\nEND:VCARD\r\n"}).ok());
  CHECK_FALSE(master_event({"/x", "", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT"}).ok());
}

TEST_CASE("what is written is read back the same") {
  const NewEvent fresh{"uid-1",
                       "Lunch; with, commas\nand lines",
                       "Café",
                       "long " + std::string(200, 'x'),
                       at("2026-11-24T12:00:00Z"),
                       at("2026-11-24T13:00:00Z")};
  const auto text = to_icalendar(fresh);
  CHECK(text == to_icalendar(fresh));
  const auto back = master_event({"/x", "", text});
  REQUIRE(back.ok());
  CHECK(back->uid == fresh.uid);
  CHECK(back->summary == fresh.summary);
  CHECK(back->location == fresh.location);
  CHECK(back->description == fresh.description);
  CHECK(back->start == fresh.start);
  CHECK(back->end == fresh.end);
}

}  // namespace
}  // namespace x1::calendar
