// New calendar objects, and changes of those that stand there already: whole text in, whole text out.
#pragma once

#include <string>

#include "base/result.hpp"
#include "providers/calendar/caldav.hpp"
#include "providers/calendar/details.hpp"

namespace x1::calendar {

// A VCALENDAR with one VEVENT, and its zone's definition if it is on one. `details` has summary, start and end.
[[nodiscard]] base::Result<std::string> new_object(const std::string& uid, const Details& details);

// The object with its event changed, or the one occurrence of it: an exception (RECURRENCE-ID) that is added or
// changed. What is not named in `details` stays as it is, to the byte. SEQUENCE is counted up; DTSTAMP stays, for want
// of a clock.
[[nodiscard]] base::Result<std::string> changed_object(const Resource& resource, const Details& details,
                                                       const std::optional<When>& occurrence);

// The object without that occurrence of its event: EXDATE is added, an exception for it goes.
[[nodiscard]] base::Result<std::string> without_occurrence(const Resource& resource, const When& occurrence);

}  // namespace x1::calendar
