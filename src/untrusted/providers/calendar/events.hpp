// Events as the tools tell them, out of iCalendar text. Recurring events come as their single occurrences.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "providers/calendar/caldav.hpp"
#include "providers/calendar/ical.hpp"
#include "wire/value.hpp"

namespace x1::calendar {

struct Attendee {
  std::string address;
  std::string name;
  std::string status;  // PARTSTAT: "ACCEPTED", …
};

// What an event says, whenever it is.
struct Wording {
  std::string uid;
  std::string href;
  std::string etag;
  std::string summary;
  std::string location;
  std::string description;
  std::string status;
  std::string organizer;
  std::string rule;  // RRULE
  std::string zone;
  std::vector<Attendee> attendees;
};

struct Event {
  // Shared: a series has thousands of occurrences that all say the same, and it may be a megabyte.
  std::shared_ptr<const Wording> wording;
  Moment start;
  Moment end;
  Moment recurrence;    // which occurrence of its series this is; a null time of an event that is none
  Seconds starts_at{};  // in UTC; a date's or floating time's as the caller asked to take it
  Seconds ends_at{};
  std::string start_text;
  std::string end_text;
  std::string recurrence_text;
  bool recurring = false;
};

// As the tools return it; empty members left out. In a list, long texts are cut, and it is said which.
enum class Telling { whole, in_a_list };
[[nodiscard]] wire::Value to_value(const Event& event, Telling telling = Telling::whole);

// What an event's component says, with its times not yet those of an occurrence.
[[nodiscard]] Event describe(const Resource& resource, icalcomponent* calendar, icalcomponent* event,
                             icaltimezone* floating = nullptr);

// How many steps the recurrence rules of one call's events may take together.
inline constexpr std::int64_t max_steps = 200'000;

// The occurrences of a call's events in [start, end): recurrence rules expanded, exceptions applied, in no order. Dates
// and floating times are taken in `floating` (null: UTC).
class Expansion {
 public:
  Expansion(Seconds start, Seconds end, icaltimezone* floating = nullptr)
      : start_(start), end_(end), floating_(floating) {}

  // Of one object. Rules that can't be followed are refused (too_large; see rules.hpp), as are events whose rules take
  // more than 20,000 steps to the end of the range, or more than `max_steps` together with those before: nobody's
  // calendar needs it.
  [[nodiscard]] base::Result<std::vector<Event>> of(const Resource& resource);

 private:
  Seconds start_;
  Seconds end_;
  icaltimezone* floating_;
  std::int64_t steps_left_ = max_steps;
};

// The occurrence of that series, exceptions aside, that starts then (dates and floating times taken as UTC). Fails with
// not_found. It lives as long as the calendar.
[[nodiscard]] base::Result<Moment> occurrence_at(icalcomponent* calendar, icalcomponent* event, Seconds at);

// The event itself as it stands in its object, not expanded. An exception that stands there without its series is one.
[[nodiscard]] base::Result<Event> master_event(const Resource& resource);

}  // namespace x1::calendar
