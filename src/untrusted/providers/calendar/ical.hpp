// iCalendar as libical understands it: what the files of this folder share of it.
#pragma once

#include <libical/ical.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "providers/calendar/time.hpp"

namespace x1::calendar {

struct FreeComponent {
  void operator()(icalcomponent* component) const { icalcomponent_free(component); }
};
using Component = std::unique_ptr<icalcomponent, FreeComponent>;

// One VCALENDAR of at most 1 MiB, whose own zones are such that they can be followed.
[[nodiscard]] base::Result<Component> parse_calendar(const std::string& text);
[[nodiscard]] base::Error bad_calendar();

// The events in their order. They live as long as the calendar.
[[nodiscard]] std::vector<icalcomponent*> events_of(icalcomponent* calendar);
[[nodiscard]] bool is_override(icalcomponent* event);
[[nodiscard]] std::string text_of(const char* text);

// A date, or a time on some clock, as it is written in a calendar.
struct Moment {
  icaltimetype wall = icaltime_null_time();
  icaltimezone* zone = nullptr;  // null: a date, or a floating time, which means the clock on whatever wall

  [[nodiscard]] bool is_date() const { return wall.is_date != 0; }
  [[nodiscard]] bool is_floating() const { return zone == nullptr; }
  // In UTC; dates begin, and floating times are meant, in `floating` (null: UTC).
  [[nodiscard]] Seconds at(icaltimezone* floating) const;
  // As tools show it: "2026-11-24", "2026-11-24T09:00:00", "2026-11-24T09:00:00+01:00", "2026-11-24T08:00:00Z".
  [[nodiscard]] std::string text() const;
  // "Europe/Berlin", "UTC", "floating"; "" for a date.
  [[nodiscard]] std::string zone_name() const;
};

[[nodiscard]] Moment moment_of(icalcomponent* calendar, icalproperty* property);
// Of the event's property of that kind; a null time when it has none.
[[nodiscard]] Moment moment_of(icalcomponent* calendar, icalcomponent* event, icalproperty_kind kind);
// That long after it, on a clock of that zone. For dates, whole days are counted.
[[nodiscard]] Moment later(const Moment& moment, std::chrono::seconds by, icaltimezone* zone);

struct Span {
  Moment start;
  Moment end;
  [[nodiscard]] std::chrono::seconds length() const { return end.at(nullptr) - start.at(nullptr); }
};
// From DTSTART, and DTEND or DURATION. Without either a date is a day long, and a time no time at all.
[[nodiscard]] Span span_of(icalcomponent* calendar, icalcomponent* event);

}  // namespace x1::calendar
