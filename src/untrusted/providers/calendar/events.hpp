// Events out of iCalendar text and into it. Recurring events come as their single occurrences.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "providers/calendar/caldav.hpp"
#include "providers/calendar/time.hpp"
#include "wire/value.hpp"

namespace x1::calendar {

struct Event {
  std::string uid;
  std::string href;
  std::string etag;
  std::string summary;
  std::string location;
  std::string description;
  Seconds start{};
  Seconds end{};
  bool all_day = false;
  bool recurring = false;
};

// As the tools return it: times in UTC, or dates for an event of whole days; empty members left out.
[[nodiscard]] wire::Value to_value(const Event& event);

// The occurrences in [start, end), recurrence rules expanded, exceptions applied. A rule that would take more than
// 20,000 steps to reach the end of the range is refused (too_large): nobody's calendar needs it.
[[nodiscard]] base::Result<std::vector<Event>> occurrences(const Resource& resource, Seconds start, Seconds end);

// The event itself as it stands in its object, not expanded.
[[nodiscard]] base::Result<Event> master_event(const Resource& resource);

struct NewEvent {
  std::string uid;
  std::string summary;
  std::string location;
  std::string description;
  Seconds start{};
  Seconds end{};
};
// A VCALENDAR with one VEVENT (RFC 5545), lines folded and text escaped by libical.
[[nodiscard]] std::string to_icalendar(const NewEvent& event);

}  // namespace x1::calendar
