// Whatever stands in an object: a change of one field changes that field and the version, and nothing else.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "providers/calendar/change.hpp"
#include "providers/calendar/events.hpp"
#include "providers/calendar/object.hpp"

namespace x1::calendar {
namespace {

rc::Gen<std::string> words() {
  return rc::gen::map(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 7)), [](const std::vector<int>& picks) {
    constexpr std::array<std::string_view, 7> parts{"a", " b", ",", ";", "é", "\\", "long and longer words"};
    std::string text = "x";
    for (const auto pick : picks)
      text += parts.at(static_cast<std::size_t>(pick));
    return text;
  });
}

// Any of the lines that calendars hold, in any order, known or not.
rc::Gen<std::string> line() {
  return rc::gen::map(rc::gen::pair(rc::gen::inRange(0, 8), words()), [](const std::pair<int, std::string>& pick) {
    constexpr std::array<std::string_view, 8> names{
        "SUMMARY;LANGUAGE=de", "LOCATION",   "DESCRIPTION", "X-THEIRS;A=\"b:c\"",
        "CATEGORIES",          "UNHEARD-OF", "COMMENT",     "CLASS"};
    return Line::make(names.at(static_cast<std::size_t>(pick.first)), escape_text(pick.second)).physical() + "\r\n";
  });
}

std::string object_of(const std::vector<std::string>& lines, bool alarm, bool recurring) {
  std::string text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-OWN:1\r\nBEGIN:VEVENT\r\nUID:u\r\n";
  text += "DTSTART;TZID=Europe/Berlin:20261019T090000\r\nDTEND;TZID=Europe/Berlin:20261019T100000\r\n";
  if (recurring) text += "RRULE:FREQ=WEEKLY;COUNT=5\r\n";
  for (const auto& each : lines)
    text += each;
  if (alarm) text += "BEGIN:VALARM\r\nACTION:DISPLAY\r\nSUMMARY:Ring\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\n";
  return text + "END:VEVENT\r\nEND:VCALENDAR\r\n";
}

// All rows but those of the named properties of the event itself.
std::vector<std::string> others(Part part, std::initializer_list<const char*> names) {
  for (const auto* name : names)
    part.erase(name);
  std::vector<std::string> rows;
  for (const auto& row : part.rows)
    rows.push_back(row.line.physical());
  return rows;
}

TEST_CASE("a change of one field keeps everything else, whatever it is") {
  CHECK(rc::check("one field", [] {
    const auto before = object_of(*rc::gen::container<std::vector<std::string>>(line()), *rc::gen::arbitrary<bool>(),
                                  *rc::gen::arbitrary<bool>());
    const auto text = *words();
    Details details;
    const bool of_summary = *rc::gen::arbitrary<bool>();
    (of_summary ? details.summary : details.location) = text;
    const char* const name = of_summary ? "SUMMARY" : "LOCATION";
    const auto after = changed_object({"/x", "\"1\"", before}, details, std::nullopt);
    RC_ASSERT(after.ok());
    auto was = *Object::parse(before);
    auto is = *Object::parse(*after);
    RC_ASSERT(others(*was.events().front(), {name, "SEQUENCE"}) == others(*is.events().front(), {name, "SEQUENCE"}));
    const auto event = master_event({"/x", "\"1\"", *after});
    RC_ASSERT(event.ok());
    RC_ASSERT((of_summary ? event->wording->summary : event->wording->location) == text);
    RC_ASSERT(event->start_text == "2026-10-19T09:00:00+02:00");
  }));
}

TEST_CASE("a change of one occurrence keeps the series and the other occurrences, whatever they are") {
  CHECK(rc::check("one occurrence", [] {
    const auto before =
        object_of(*rc::gen::container<std::vector<std::string>>(line()), *rc::gen::arbitrary<bool>(), true);
    const auto week = *rc::gen::inRange(0, 5);
    const auto day = *parse_rfc3339("2026-10-19T00:00:00Z") + std::chrono::weeks(week);
    Details details;
    details.summary = "changed";
    const auto after = changed_object({"/x", "\"1\"", before}, details, *parse_when(format_date(day) + "T09:00:00"));
    RC_ASSERT(after.ok());
    auto was = *Object::parse(before);
    auto is = *Object::parse(*after);
    RC_ASSERT(was.events().front()->rows == is.events().front()->rows);
    RC_ASSERT(is.events().size() == 2U);
    auto all = *Expansion(*parse_rfc3339("2026-10-01T00:00:00Z"), *parse_rfc3339("2026-12-31T00:00:00Z"))
                    .of({"/x", "", *after});
    std::ranges::sort(all, {}, &Event::starts_at);
    RC_ASSERT(all.size() == 5U);
    for (int i = 0; i < 5; ++i)
      RC_ASSERT((all[static_cast<std::size_t>(i)].wording->summary == "changed") == (i == week));
  }));
}

}  // namespace
}  // namespace x1::calendar
