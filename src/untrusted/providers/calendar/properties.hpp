// The properties of an event as lines: what a new event and a changed one have in common.
#pragma once

#include <string>

#include "base/result.hpp"
#include "providers/calendar/details.hpp"
#include "providers/calendar/object.hpp"

namespace x1::calendar {

// NAME with that date or time; `tzid` for one on a zone's clock.
[[nodiscard]] Line time_line(const std::string& name, const Moment& moment, const std::string& tzid);
// Summary, location, description and status, as far as they are meant.
void put_texts(Part& event, const Details& details);
// The recurrence. An UNTIL must be a date for an event of dates, and in UTC for any other (section 3.3.10).
[[nodiscard]] base::Status put_rule(Part& event, const Details& details, bool of_dates);
// Organizer and attendees. Who is invited already keeps their line, with the answer that they gave.
void put_people(Part& event, const Details& details);

}  // namespace x1::calendar
