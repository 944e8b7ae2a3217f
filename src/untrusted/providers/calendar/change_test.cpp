#include "providers/calendar/change.hpp"

#include <doctest/doctest.h>
#include <algorithm>

#include "providers/calendar/events.hpp"
#include "providers/calendar/object.hpp"

namespace x1::calendar {
namespace {

Seconds at(std::string_view text) { return *parse_rfc3339(text); }

// What other programs write, and must find again.
constexpr std::string_view kept =
    "X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-TITLE=\"Room, 4\":geo:1,2\r\nCATEGORIES:WORK\r\n"
    "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:Soon\r\nEND:VALARM\r\n";

Resource object(const std::string& events) {
  return {"/ada/work/1.ics", "\"1\"",
          "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\n" + events + "END:VCALENDAR\r\n"};
}
Resource weekly(const std::string& more = "") {
  return object(
      "BEGIN:VEVENT\r\nUID:u1\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:Team\r\n"
      "DTSTART;TZID=Europe/Berlin:20261019T090000\r\nDTEND;TZID=Europe/Berlin:20261019T100000\r\n"
      "RRULE:FREQ=WEEKLY;COUNT=4\r\n" +
      std::string(kept) + "END:VEVENT\r\n" + more);
}
Resource single() {
  return object(
      "BEGIN:VEVENT\r\nUID:u1\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:Lunch\r\nDTSTART:20261124T120000Z\r\n"
      "DURATION:PT1H\r\nSEQUENCE:4\r\n" +
      std::string(kept) + "END:VEVENT\r\n");
}

Details summary(const std::string& text) {
  Details details;
  details.summary = text;
  return details;
}
Details moved(const std::string& start, const std::string& zone = "") {
  Details details;
  details.start = *parse_when(start);
  if (!zone.empty()) details.zone = zone;
  return details;
}
When when(const std::string& text) { return *parse_when(text); }

std::vector<std::string> starts_of(const base::Result<std::string>& text) {
  REQUIRE_MESSAGE(text.ok(), (text.ok() ? "" : text.error().message));
  auto found = Expansion(at("2026-01-01T00:00:00Z"), at("2027-12-31T00:00:00Z")).of({"/x", "", *text});
  REQUIRE(found.ok());
  std::ranges::sort(*found, {}, &Event::starts_at);
  std::vector<std::string> starts;
  for (const auto& each : *found)
    starts.push_back(each.start_text + " " + each.wording->summary);
  return starts;
}
std::string code_of(const base::Result<std::string>& text) {
  return text.ok() ? "ok" : std::string(base::to_string(text.error().code));
}
std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (auto place = text.find(part); place != std::string::npos; place = text.find(part, place + 1))
    ++found;
  return found;
}

TEST_CASE("one field is changed, the version counted up, and every other line stays as it came") {
  const auto before = single();
  const auto after = changed_object(before, summary("Munch"), std::nullopt);
  REQUIRE(after.ok());
  auto expected = before.data;
  expected.replace(expected.find("SUMMARY:Lunch"), 13, "SUMMARY:Munch");
  expected.replace(expected.find("SEQUENCE:4"), 10, "SEQUENCE:5");
  CHECK(*after == expected);
  CHECK(*after == *changed_object(before, summary("Munch"), std::nullopt));
}

TEST_CASE("an event that is moved stays as long as it was, and on its clock through the change to winter time") {
  const auto text = changed_object(single(), moved("2026-11-25T15:00:00+01:00"), std::nullopt);
  CHECK(text->find("DTSTART:20261125T140000Z\r\n") != std::string::npos);
  CHECK(text->find("DTEND:20261125T150000Z\r\n") != std::string::npos);
  CHECK(text->find("DURATION:PT1H") == std::string::npos);
  const auto series = changed_object(weekly(), moved("2026-10-19T08:30:00"), std::nullopt);
  CHECK(starts_of(series).front() == "2026-10-19T08:30:00+02:00 Team");
  CHECK(starts_of(series).back() == "2026-11-09T08:30:00+01:00 Team");
}

TEST_CASE("one occurrence becomes an exception with all that the series has but its rule") {
  const auto text = changed_object(weekly(), summary("Team, with guests"), when("2026-10-26T09:00:00+01:00"));
  CHECK(starts_of(text) ==
        std::vector<std::string>{"2026-10-19T09:00:00+02:00 Team", "2026-10-26T09:00:00+01:00 Team, with guests",
                                 "2026-11-02T09:00:00+01:00 Team", "2026-11-09T09:00:00+01:00 Team"});
  CHECK(text->find("RECURRENCE-ID;TZID=Europe/Berlin:20261026T090000\r\n") != std::string::npos);
  CHECK(count(*text, "BEGIN:VALARM") == 2);
  CHECK(count(*text, "X-APPLE-STRUCTURED-LOCATION") == 2);
  CHECK(count(*text, "RRULE") == 1);
  CHECK(text->find(weekly().data.substr(0, weekly().data.find("END:VCALENDAR"))) == 0);  // the series stays
}

TEST_CASE("an occurrence that was moved to another day is changed again where it stands") {
  const auto first = changed_object(weekly(), moved("2026-10-27T15:00:00"), when("2026-10-26T09:00:00"));
  REQUIRE(first.ok());
  CHECK(starts_of(first)[1] == "2026-10-27T15:00:00+01:00 Team");
  const auto second = changed_object({"/x", "\"2\"", *first}, summary("Late"), when("2026-10-26T08:00:00Z"));
  CHECK(starts_of(second)[1] == "2026-10-27T15:00:00+01:00 Late");
  CHECK(count(*second, "RECURRENCE-ID") == 1);
}

TEST_CASE("an occurrence is taken out, and its exception with it") {
  CHECK(starts_of(without_occurrence(weekly(), when("2026-11-02T09:00:00+01:00"))) ==
        std::vector<std::string>{"2026-10-19T09:00:00+02:00 Team", "2026-10-26T09:00:00+01:00 Team",
                                 "2026-11-09T09:00:00+01:00 Team"});
  const auto changed = changed_object(weekly(), summary("Guests"), when("2026-11-02T09:00:00"));
  const auto gone = without_occurrence({"/x", "\"2\"", *changed}, when("2026-11-02T08:00:00Z"));
  CHECK(starts_of(gone).size() == 3);
  CHECK(count(*gone, "BEGIN:VEVENT") == 1);
  CHECK(count(*gone, "EXDATE;TZID=Europe/Berlin:20261102T090000\r\n") == 1);
}

TEST_CASE("an occurrence of whole days and a floating one are named as they are listed") {
  const auto days = object(
      "BEGIN:VEVENT\r\nUID:u\r\nSUMMARY:D\r\nDTSTART;VALUE=DATE:20261224\r\n"
      "RRULE:FREQ=DAILY;COUNT=3\r\nEND:VEVENT\r\n");
  const auto text = without_occurrence(days, when("2026-12-25"));
  CHECK(starts_of(text) == std::vector<std::string>{"2026-12-24 D", "2026-12-26 D"});
  CHECK(text->find("EXDATE;VALUE=DATE:20261225\r\n") != std::string::npos);
  const auto floating = object(
      "BEGIN:VEVENT\r\nUID:u\r\nSUMMARY:F\r\nDTSTART:20261224T090000\r\n"
      "RRULE:FREQ=DAILY;COUNT=3\r\nEND:VEVENT\r\n");
  const auto one = changed_object(floating, moved("2026-12-25T10:00:00"), when("2026-12-25T09:00:00"));
  CHECK(starts_of(one)[1] == "2026-12-25T10:00:00 F");
  CHECK(one->find("RECURRENCE-ID:20261225T090000\r\n") != std::string::npos);
}

TEST_CASE("an occurrence that there is not, or that was taken out, can't be changed") {
  CHECK(code_of(changed_object(weekly(), summary("x"), when("2026-10-27T09:00:00"))) == "not_found");
  const auto gone = without_occurrence(weekly(), when("2026-10-26T09:00:00"));
  CHECK(code_of(changed_object({"/x", "", *gone}, summary("x"), when("2026-10-26T09:00:00"))) == "not_found");
  CHECK(code_of(without_occurrence({"/x", "", *gone}, when("2026-10-26T09:00:00"))) == "not_found");
  CHECK(code_of(without_occurrence(single(), when("2026-11-24T12:00:00Z"))) == "invalid_request");
  CHECK(code_of(changed_object(single(), summary("x"), when("2026-11-24T12:00:00Z"))) == "invalid_request");
}

TEST_CASE("an occurrence whose time does not read as it was written is refused, not tried for ever") {
  // libical takes the start from one line, and the clock's name is that of another.
  const auto twice = object(
      "BEGIN:VEVENT\r\nUID:u1\r\nDTSTART;TZID=Europe/Be\r\nDTSTART;TZID=Europe/Berlin:20261019T090000\r\n"
      "DTEND;TZID=Europe/Berlin:20261019T100000\r\nRRULE:FREQ=WEEKLY\r\nEND:VEVENT\r\n");
  CHECK(code_of(changed_object(twice, summary("x"), when("2026-10-26T09:00:00+01:00"))) == "unsupported");
}

TEST_CASE("a series whose exceptions would no longer fit is not moved") {
  const auto gone = without_occurrence(weekly(), when("2026-10-26T09:00:00"));
  CHECK(code_of(changed_object({"/x", "", *gone}, moved("2026-10-19T08:00:00"), std::nullopt)) == "unsupported");
  CHECK(code_of(changed_object({"/x", "", *gone}, summary("Still"), std::nullopt)) == "ok");
}

TEST_CASE("an exception without its series is changed by its own time, or as the one event that is there") {
  const auto detached = object(
      "BEGIN:VEVENT\r\nUID:u\r\nSUMMARY:One\r\nRECURRENCE-ID:20261116T090000Z\r\n"
      "DTSTART:20261117T150000Z\r\nDTEND:20261117T160000Z\r\nEND:VEVENT\r\n");
  CHECK(starts_of(changed_object(detached, summary("Two"), when("2026-11-16T09:00:00Z"))) ==
        std::vector<std::string>{"2026-11-17T15:00:00Z Two"});
  CHECK(code_of(changed_object(detached, summary("Two"), std::nullopt)) == "ok");
  CHECK(code_of(changed_object(detached, summary("Two"), when("2026-11-17T09:00:00Z"))) == "not_found");
  CHECK(code_of(without_occurrence(detached, when("2026-11-16T09:00:00Z"))) == "unsupported");
}

TEST_CASE("a zone comes with its definition, as far as it matters, and once") {
  auto details = moved("2026-11-24T09:00:00", "America/New_York");
  CHECK(code_of(changed_object(single(), details, std::nullopt)) == "invalid_request");
  details.end = *parse_when("2026-11-24T10:00:00");
  const auto text = changed_object(single(), details, std::nullopt);
  CHECK(starts_of(text) == std::vector<std::string>{"2026-11-24T09:00:00-05:00 Lunch"});
  CHECK(count(*text, "BEGIN:VTIMEZONE\r\nTZID:America/New_York\r\n") == 1);
  CHECK(text->size() < 2000);
  const auto again = changed_object({"/x", "", *text}, details, std::nullopt);
  CHECK(count(*again, "BEGIN:VTIMEZONE") == 1);
}

TEST_CASE("a time that the zone's clocks skip or show twice is refused, never guessed") {
  Details details = summary("Night");
  details.zone = "Europe/Berlin";
  details.end = *parse_when("2026-11-01T00:00:00Z");
  details.start = *parse_when("2026-03-29T02:30:00");
  CHECK(code_of(new_object("u", details)) == "invalid_request");
  for (const auto* twice : {"2026-10-25T02:30:00", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"}) {
    CAPTURE(twice);
    details.start = *parse_when(twice);
    CHECK(code_of(new_object("u", details)) == "invalid_request");
  }
  details.start = *parse_when("2026-10-25T03:00:00");
  CHECK(starts_of(new_object("u", details)).front() == "2026-10-25T03:00:00+01:00 Night");
}

TEST_CASE("people who stay keep their answer, others come and go, and nothing can be slipped into their line") {
  const auto invited = object(
      "BEGIN:VEVENT\r\nUID:u\r\nDTSTART:20261124T120000Z\r\nORGANIZER:mailto:ada@example.org\r\n"
      "ATTENDEE;CN=Bob;PARTSTAT=ACCEPTED:mailto:Bob@example.org\r\n"
      "ATTENDEE:mailto:cy@example.org\r\nEND:VEVENT\r\n");
  Details details;
  details.attendees = {{"bob@example.org", "dee@example.org"}};
  const auto text = changed_object(invited, details, std::nullopt);
  REQUIRE(text.ok());
  CHECK(text->find("ATTENDEE;CN=Bob;PARTSTAT=ACCEPTED:mailto:Bob@example.org\r\n") != std::string::npos);
  CHECK(text->find("ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:dee@example.org\r\n") != std::string::npos);
  CHECK(text->find("cy@example.org") == std::string::npos);
  for (const auto* bad : {"bob", "bob@", "@x", "a@b@c", "a b@c", "a@c\r\nX:y", "a;b@c", "\"a\"@c", "a:b@c", "a,b@c"}) {
    CAPTURE(bad);
    const wire::Value arguments(wire::Value::Object{{"attendees", wire::Value::Array{wire::Value(bad)}}});
    wire::Fields fields(arguments, "the arguments");
    CHECK_FALSE(read_details(fields).ok());
  }
}

TEST_CASE("a recurrence is a rule that libical knows, daily at most, with an UNTIL that fits the event") {
  const auto made = [](const std::string& rule, const std::string& start = "2026-11-24T09:00:00Z",
                       const std::string& end = "2026-11-24T10:00:00Z") {
    const wire::Value arguments(
        wire::Value::Object{{"summary", "x"}, {"start", start}, {"end", end}, {"recurrence", rule}});
    wire::Fields fields(arguments, "the arguments");
    const auto details = read_details(fields);
    return details.ok() ? code_of(new_object("u", *details)) : std::string(base::to_string(details.error().code));
  };
  CHECK(made("FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10") == "ok");
  CHECK(made("FREQ=DAILY;UNTIL=20261231T225959Z") == "ok");
  CHECK(made("FREQ=DAILY;UNTIL=20261231", "2026-11-24", "2026-11-25") == "ok");
  for (const auto* bad : {"WEEKLY", "FREQ=OFTEN", "FREQ=SECONDLY", "FREQ=HOURLY", "FREQ=DAILY\r\nX:y",
                          "FREQ=DAILY;UNTIL=20261231", "FREQ=DAILY;UNTIL=20261231T225959"}) {
    CAPTURE(bad);
    CHECK(made(bad) == "invalid_request");
  }
  CHECK(made("FREQ=DAILY;UNTIL=20261231T000000Z", "2026-11-24", "2026-11-25") == "invalid_request");
}

TEST_CASE("whole days and times are not mixed, and an end comes after its start") {
  const auto made = [](const std::string& start, const std::string& end, const std::string& zone = "") {
    Details details = summary("x");
    details.start = when(start);
    details.end = when(end);
    if (!zone.empty()) details.zone = zone;
    return code_of(new_object("u", details));
  };
  CHECK(made("2026-11-24", "2026-11-25") == "ok");
  CHECK(made("2026-11-24T09:00:00", "2026-11-24T10:00:00", "Europe/Berlin") == "ok");
  CHECK(made("2026-11-24T09:00:00", "2026-11-24T10:00:00") == "invalid_request");
  CHECK(made("2026-11-24T09:00:00", "2026-11-24T10:00:00", "Europe/Atlantis") == "invalid_request");
  CHECK(made("2026-11-24", "2026-11-24T10:00:00Z") == "invalid_request");
  CHECK(made("2026-11-25", "2026-11-24") == "invalid_request");
}

TEST_CASE("what is written is read back the same") {
  Details details = summary("Lunch; with, commas\nand \\ lines");
  details.location = "Café";
  details.description = "long " + std::string(200, 'x');
  details.start = when("2026-11-24T12:00:00Z");
  details.end = when("2026-11-24T13:00:00Z");
  const auto text = new_object("uid-1", details);
  REQUIRE(text.ok());
  const auto back = master_event({"/x", "", *text});
  REQUIRE(back.ok());
  CHECK(back->wording->uid == "uid-1");
  CHECK(back->wording->summary == *details.summary);
  CHECK(back->wording->location == "Café");
  CHECK(back->wording->description == *details.description);
  CHECK(back->end_text == "2026-11-24T13:00:00Z");
}

}  // namespace
}  // namespace x1::calendar
