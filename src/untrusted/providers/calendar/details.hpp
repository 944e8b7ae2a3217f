// What an agent says about an event that it wants made or changed, checked.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "providers/calendar/ical.hpp"
#include "wire/fields.hpp"

namespace x1::calendar {

// What an agent asked for can't be done as it stands.
[[nodiscard]] base::Error invalid(std::string message);

// "2026-11-24" (a whole day), "2026-11-24T09:00:00" (on the clock of a zone that is named elsewhere), or RFC 3339.
struct When {
  enum class Kind { date, local, instant } kind = Kind::instant;
  icaltimetype wall = icaltime_null_time();  // of a date or local time
  Seconds at{};                              // of an instant
};
[[nodiscard]] base::Result<When> parse_when(const std::string& text);

// Members that are not there are not meant. An empty text takes a property away.
struct Details {
  std::optional<std::string> summary;
  std::optional<std::string> location;
  std::optional<std::string> description;
  std::optional<std::string> status;      // CONFIRMED, TENTATIVE or CANCELLED
  std::optional<std::string> recurrence;  // the value of an RRULE
  std::optional<std::string> organizer;   // an address
  std::optional<std::string> zone;        // IANA's name, or UTC
  std::optional<When> start;
  std::optional<When> end;
  std::optional<std::vector<std::string>> attendees;  // addresses, each once

  [[nodiscard]] bool empty() const;
};
// Takes its members from the arguments; what the reader finds wrong is found by its finish().
[[nodiscard]] base::Result<Details> read_details(wire::Fields& fields);

// The clock that an event's times are written on.
struct Clock {
  icaltimezone* zone = nullptr;  // null: floating
  std::string tzid;              // as in TZID; "" for UTC and floating
};
[[nodiscard]] base::Result<Clock> clock_of(const std::string& zone);
// The time on that clock; a date is one on any. Fails with invalid_request where the clock has no such time, or twice.
[[nodiscard]] base::Result<Moment> on_clock(const When& when, const Clock& clock);

}  // namespace x1::calendar
