// Time zones by their IANA names, from the system's tables (tzdata, as libical reads them).
#pragma once

#include <libical/ical.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "providers/calendar/object.hpp"
#include "providers/calendar/time.hpp"

namespace x1::calendar {

// "Europe/Berlin". Fails with invalid_request.
[[nodiscard]] base::Result<icaltimezone*> zone_of(const std::string& name);

// The zone that a TZID means in this calendar: the IANA zone of that very name, whose table here is newer than any that
// an object carries; else the object's own definition; else the IANA zone that the id ends in ("…/Europe/Berlin"); null
// when nobody knows it.
[[nodiscard]] icaltimezone* zone_of_tzid(icalcomponent* calendar, const std::string& tzid);

// The definition of that zone for an object, as far as it matters from `from` on: the system's has a century of
// history.
[[nodiscard]] base::Result<Part> zone_part(const std::string& name, Seconds from);

// What the clocks of a zone show then.
[[nodiscard]] icaltimetype wall_at(Seconds time, icaltimezone* zone);

// A wall clock's time in a zone, in UTC. A time that the zone skips or has twice fails with invalid_request.
[[nodiscard]] base::Result<Seconds> instant_of(icaltimetype local, icaltimezone* zone);

}  // namespace x1::calendar
