// Events as the tools tell them, out of iCalendar text. Recurring events come as their single occurrences.
#pragma once

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

struct Event {
  std::string uid;
  std::string href;
  std::string etag;
  std::string summary;
  std::string location;
  std::string description;
  std::string status;
  std::string organizer;
  std::string rule;  // RRULE
  std::vector<Attendee> attendees;
  Moment start;
  Moment end;
  Moment recurrence;    // which occurrence of its series this is; a null time of an event that is none
  Seconds starts_at{};  // in UTC; a date's or floating time's as the caller asked to take it
  Seconds ends_at{};
  std::string start_text;
  std::string end_text;
  std::string zone;
  std::string recurrence_text;
  bool recurring = false;
};

// As the tools return it; empty members left out. In a list, long texts are cut, and it is said which.
enum class Telling { whole, in_a_list };
[[nodiscard]] wire::Value to_value(const Event& event, Telling telling = Telling::whole);

// What an event's component says, with its times not yet those of an occurrence.
[[nodiscard]] Event describe(const Resource& resource, icalcomponent* calendar, icalcomponent* event,
                             icaltimezone* floating = nullptr);

// The occurrences in [start, end), recurrence rules expanded, exceptions applied, in no order. Dates and floating times
// are taken in `floating` (null: UTC). A rule that would take more than 20,000 steps to reach the end of the range, or
// that repeats within a day more often than hourly, is refused (too_large): nobody's calendar needs it.
[[nodiscard]] base::Result<std::vector<Event>> occurrences(const Resource& resource, Seconds start, Seconds end,
                                                           icaltimezone* floating = nullptr);

// The occurrence of that series, exceptions aside, that starts then (dates and floating times taken as UTC). Fails with
// not_found. It lives as long as the calendar.
[[nodiscard]] base::Result<Moment> occurrence_at(icalcomponent* calendar, icalcomponent* event, Seconds at);

// The event itself as it stands in its object, not expanded. An exception that stands there without its series is one.
[[nodiscard]] base::Result<Event> master_event(const Resource& resource);

}  // namespace x1::calendar
