#include "providers/calendar/events.hpp"

#include <doctest/doctest.h>
#include <algorithm>
#include <ctime>

#include "providers/calendar/zones.hpp"

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
    starts.push_back(format_rfc3339(each.starts_at));
  return starts;
}

TEST_CASE("a single event is listed when it touches the range") {
  const auto lunch = object(event("SUMMARY:Lunch\r\nDTSTART:20261124T120000Z\r\nDTEND:20261124T130000Z\r\n"));
  const auto found = Expansion(at("2026-11-24T12:30:00Z"), at("2026-11-25T00:00:00Z")).of(lunch);
  REQUIRE(found.ok());
  REQUIRE(found->size() == 1);
  CHECK(found->front().wording->summary == "Lunch");
  CHECK_FALSE(found->front().recurring);
  CHECK(starts_of(Expansion(at("2026-11-24T13:00:00Z"), at("2026-11-25T00:00:00Z")).of(lunch)).empty());
}

TEST_CASE("a weekly event comes as its occurrences, without the excluded one and with the moved one moved") {
  const auto weekly = object(
      event("SUMMARY:Team\r\nDTSTART:20261102T090000Z\r\nDTEND:20261102T100000Z\r\nRRULE:FREQ=WEEKLY\r\n"
            "EXDATE:20261109T090000Z\r\n") +
      event("SUMMARY:Team, "
            "moved\r\nRECURRENCE-ID:20261116T090000Z\r\nDTSTART:20261117T150000Z\r\nDTEND:20261117T160000Z\r\n"));
  auto starts = starts_of(Expansion(at("2026-11-01T00:00:00Z"), at("2026-12-01T00:00:00Z")).of(weekly));
  std::ranges::sort(starts);
  CHECK(starts == std::vector<std::string>{"2026-11-02T09:00:00Z", "2026-11-17T15:00:00Z", "2026-11-23T09:00:00Z",
                                           "2026-11-30T09:00:00Z"});
}

TEST_CASE("a local time follows its zone through the change to winter time") {
  const auto daily =
      object(event("SUMMARY:Stand-up\r\nDTSTART;TZID=Europe/Berlin:20261023T090000\r\n"
                   "DTEND;TZID=Europe/Berlin:20261023T091500\r\nRRULE:FREQ=DAILY;COUNT=4\r\n"));
  CHECK(starts_of(Expansion(at("2026-10-01T00:00:00Z"), at("2026-11-01T00:00:00Z")).of(daily)) ==
        std::vector<std::string>{"2026-10-23T07:00:00Z", "2026-10-24T07:00:00Z", "2026-10-25T08:00:00Z",
                                 "2026-10-26T08:00:00Z"});
}

TEST_CASE("an event of whole days is told in dates") {
  const auto day = object(event("SUMMARY:Holiday\r\nDTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261226\r\n"));
  const auto found = Expansion(at("2026-12-25T00:00:00Z"), at("2026-12-26T00:00:00Z")).of(day);
  REQUIRE(found.ok());
  REQUIRE(found->size() == 1);
  CHECK(*to_value(found->front()).find_string("start") == "2026-12-25");
}

TEST_CASE("a rule that repeats every second is refused, not followed") {
  const auto flood = object(event("DTSTART:19700101T000000Z\r\nDTEND:19700101T000001Z\r\nRRULE:FREQ=SECONDLY\r\n"));
  CHECK(Expansion(at("2026-11-24T00:00:00Z"), at("2026-11-25T00:00:00Z")).of(flood).error().code ==
        base::Code::too_large);
}

TEST_CASE("rules that never come hold up nothing, and hide no other event") {
  const auto range = [] { return Expansion(at("2026-11-24T00:00:00Z"), at("2026-11-25T00:00:00Z")); };
  auto expansion = range();
  for (const auto* rule : {"FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYHOUR=1,2;BYMONTH=2;BYMONTHDAY=30",
                           "FREQ=MONTHLY;BYDAY=6MO", "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30"}) {
    const auto never = object(event("DTSTART:19700101T000000Z\r\nRRULE:" + std::string(rule) + "\r\n"));
    CHECK(expansion.of(never).error().code == base::Code::too_large);
  }
  CHECK(expansion.of(object(event("DTSTART:20260101T090000Z\r\nRRULE:FREQ=DAILY\r\n")))->size() == 1);
  std::string many;
  for (int i = 0; i < 1000; ++i)
    many += event("DTSTART:19700101T000000Z\r\nRRULE:FREQ=MONTHLY;BYDAY=6MO\r\n");
  CHECK(range().of(object(many)).error().code == base::Code::too_large);
  // Of more of them in one list than its steps pay for, none is looked at.
  auto flooded = range();
  const auto never = object(event("DTSTART:19700101T000000Z\r\nRRULE:FREQ=MONTHLY;BYDAY=6MO\r\n"));
  const auto before = std::clock();
  for (int i = 0; i < 10'000; ++i)
    CHECK_FALSE(flooded.of(never).ok());
  CHECK(static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC < (__has_feature(address_sanitizer) ? 20.0 : 4.0));
}

TEST_CASE("a zone whose rules never come is not followed") {
  const auto zone = [](const std::string& rule) {
    return "BEGIN:VTIMEZONE\r\nTZID:Own\r\nBEGIN:STANDARD\r\nDTSTART:20000101T000000\r\nTZOFFSETFROM:+0000\r\n"
           "TZOFFSETTO:+0100\r\nRRULE:FREQ=YEARLY" +
           rule + "\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
  };
  const auto in_zone = [](const std::string& zones) {
    const auto text = object(zones + event("DTSTART;TZID=Own:20261124T090000\r\n"));
    return Expansion(at("2026-11-24T00:00:00Z"), at("2026-11-25T00:00:00Z")).of(text).ok();
  };
  CHECK(in_zone(zone("")));
  CHECK_FALSE(in_zone(zone(";BYMONTH=2;BYMONTHDAY=30")));
  CHECK_FALSE(in_zone(zone(";BYHOUR=1,2,3,4,5,6,7,8,9;BYMINUTE=1,2,3,4,5,6")));
}

TEST_CASE("what a series says is held once, however often it occurs") {
  const std::string words(100'000, 'w');
  const auto hourly = object(event("DTSTART:20260101T000000Z\r\nDESCRIPTION:" + words + "\r\nRRULE:FREQ=HOURLY\r\n"));
  const auto found = Expansion(at("2026-01-01T00:00:00Z"), at("2027-02-01T00:00:00Z")).of(hourly);
  REQUIRE(found.ok());
  CHECK(found->size() == 9504);
  for (const auto& each : *found)
    CHECK(each.wording == found->front().wording);
}

TEST_CASE("the rules of one call's events are followed so far together, and no further") {
  const auto hourly = object(event("DTSTART:20240901T000000Z\r\nRRULE:FREQ=HOURLY\r\n"));
  Expansion expansion(at("2026-11-24T00:00:00Z"), at("2026-11-25T00:00:00Z"));
  for (int i = 0; i < 10; ++i)
    CHECK(expansion.of(hourly)->size() == 24);
  CHECK(expansion.of(hourly).error().code == base::Code::too_large);
  CHECK(Expansion(at("2026-11-24T00:00:00Z"), at("2026-11-25T00:00:00Z")).of(hourly).ok());
}

TEST_CASE("garbage is an error, never a crash") {
  CHECK_FALSE(master_event({"/x", "", ""}).ok());
  CHECK_FALSE(master_event({"/x", "", "BEGIN:VCARD\r\nEND:VCARD\r\n"}).ok());
  CHECK_FALSE(master_event({"/x", "", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT"}).ok());
}

TEST_CASE("each occurrence says where in its series it stands, and each event on whose clock it is") {
  const auto weekly = object(
      event("SUMMARY:Team\r\nDTSTART;TZID=Europe/Berlin:20261019T090000\r\nDTEND;TZID=Europe/Berlin:20261019T100000\r\n"
            "RRULE:FREQ=WEEKLY\r\n") +
      event("SUMMARY:Team, moved\r\nRECURRENCE-ID;TZID=Europe/Berlin:20261026T090000\r\n"
            "DTSTART:20261027T150000Z\r\nDTEND:20261027T160000Z\r\n"));
  auto found = Expansion(at("2026-10-01T00:00:00Z"), at("2026-10-31T00:00:00Z")).of(weekly);
  REQUIRE(found.ok());
  REQUIRE(found->size() == 2);
  std::ranges::sort(*found, {}, &Event::starts_at);
  CHECK((*found)[0].start_text == "2026-10-19T09:00:00+02:00");
  CHECK((*found)[0].end_text == "2026-10-19T10:00:00+02:00");
  CHECK((*found)[0].recurrence_text == "2026-10-19T09:00:00+02:00");
  CHECK((*found)[0].wording->zone == "Europe/Berlin");
  CHECK((*found)[1].start_text == "2026-10-27T15:00:00Z");
  CHECK((*found)[1].wording->zone == "UTC");
  CHECK((*found)[1].recurrence_text == "2026-10-26T09:00:00+01:00");
}

TEST_CASE("whole days and floating times are taken in the zone that is asked for") {
  const auto both =
      object(event("DTSTART;VALUE=DATE:20261225\r\n") + event("DTSTART:20261225T010000\r\nDURATION:PT1H\r\n"));
  auto* const auckland = *zone_of("Pacific/Auckland");  // 13 hours ahead of UTC in December
  const auto in_utc = Expansion(at("2026-12-24T11:00:00Z"), at("2026-12-24T12:30:00Z")).of(both);
  CHECK(starts_of(in_utc).empty());
  auto there = Expansion(at("2026-12-24T11:00:00Z"), at("2026-12-24T12:30:00Z"), auckland).of(both);
  auto starts = starts_of(there);
  std::ranges::sort(starts);
  CHECK(starts == std::vector<std::string>{"2026-12-24T11:00:00Z", "2026-12-24T12:00:00Z"});
  for (const auto& each : *there)
    CHECK(each.wording->zone == (each.start.is_date() ? "" : "floating"));
  CHECK(there->back().end_text.starts_with("2026-12-2"));
}

TEST_CASE("a rule ends with COUNT or UNTIL, and RDATE adds to it, with a period or without") {
  const auto starts = [](const std::string& lines) {
    return starts_of(Expansion(at("2026-11-01T00:00:00Z"), at("2027-01-01T00:00:00Z"))
                         .of(object(event("DTSTART:20261102T090000Z\r\nDTEND:20261102T100000Z\r\n" + lines))))
        .size();
  };
  CHECK(starts("RRULE:FREQ=DAILY;COUNT=3\r\n") == 3);
  CHECK(starts("RRULE:FREQ=DAILY;UNTIL=20261105T090000Z\r\n") == 4);
  CHECK(starts("RDATE:20261110T090000Z,20261111T090000Z\r\n") == 3);
  CHECK(starts("RDATE;VALUE=PERIOD:20261110T090000Z/PT2H\r\n") == 2);
  CHECK(starts("RRULE:FREQ=DAILY;COUNT=3\r\nEXDATE:20261102T090000Z,20261104T090000Z\r\n") == 1);
}

TEST_CASE("an exception that stands there without its series is listed, and is the event") {
  const auto detached =
      object(event("SUMMARY:Only this one\r\nRECURRENCE-ID:20261116T090000Z\r\n"
                   "DTSTART:20261117T150000Z\r\nDTEND:20261117T160000Z\r\n"));
  const auto found = Expansion(at("2026-11-17T00:00:00Z"), at("2026-11-18T00:00:00Z")).of(detached);
  REQUIRE(found.ok());
  REQUIRE(found->size() == 1);
  CHECK(found->front().recurrence_text == "2026-11-16T09:00:00Z");
  CHECK(master_event(detached)->wording->summary == "Only this one");
}

TEST_CASE("a zone is the object's own, or known by the last words of its id, or else its times float") {
  const auto start = [](const std::string& tzid, const std::string& before = "") {
    const auto text = before + event("DTSTART;TZID=" + tzid + ":20260701T090000\r\n");
    const auto found = Expansion(at("2026-06-30T00:00:00Z"), at("2026-07-03T00:00:00Z")).of(object(text));
    REQUIRE(found.ok());
    REQUIRE(found->size() == 1);
    return format_rfc3339(found->front().starts_at) + " " + found->front().wording->zone;
  };
  CHECK(start("/mozilla.org/20050126_1/America/New_York") == "2026-07-01T13:00:00Z America/New_York");
  CHECK(start("Nowhere/Known") == "2026-07-01T09:00:00Z floating");
  CHECK(start("Own",
              "BEGIN:VTIMEZONE\r\nTZID:Own\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0530\r\n"
              "TZOFFSETTO:+0530\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n") == "2026-07-01T03:30:00Z Own");
}

TEST_CASE("a zone of an object that repeats more often than zones do is refused, not followed") {
  const auto flood = object(
      "BEGIN:VTIMEZONE\r\nTZID:Own\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nRRULE:FREQ=SECONDLY\r\n"
      "TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n" +
      event("DTSTART;TZID=Own:20260701T090000\r\n"));
  CHECK_FALSE(master_event(flood).ok());
}

TEST_CASE(
    "attendees, organizer, status and rule are told; in a list long texts are cut between letters, and it is said") {
  const auto meeting = object(event("SUMMARY:" + std::string(499, 'x') +
                                    "\xC3\xA9\xC3\xA9\r\nSTATUS:TENTATIVE\r\nDTSTART:20261124T100000Z\r\n"
                                    "RRULE:FREQ=DAILY;COUNT=2\r\nORGANIZER;CN=Ada:MAILTO:ada@example.org\r\n"
                                    "ATTENDEE;CN=\"Bob; the other\";PARTSTAT=ACCEPTED:mailto:bob@example.org\r\n"));
  const auto event = master_event(meeting);
  REQUIRE(event.ok());
  const auto whole = to_value(*event);
  CHECK(*whole.find_string("status") == "TENTATIVE");
  CHECK(*whole.find_string("organizer") == "ada@example.org");
  CHECK(*whole.find_string("recurrence") == "FREQ=DAILY;COUNT=2");
  const auto& attendee = whole.find("attendees")->array()->front();
  CHECK(*attendee.find_string("address") == "bob@example.org");
  CHECK(*attendee.find_string("name") == "Bob; the other");
  CHECK(*attendee.find_string("status") == "ACCEPTED");
  const auto listed = to_value(*event, Telling::in_a_list);
  CHECK(*listed.find_string("summary") == std::string(499, 'x') + "…");
  CHECK(*listed.find("cut")->array()->front().string() == "summary");
}

}  // namespace
}  // namespace x1::calendar
