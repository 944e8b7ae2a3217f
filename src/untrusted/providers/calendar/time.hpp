// Times as agents write them (RFC 3339 with an offset) and as iCalendar does (RFC 5545), all in UTC inside.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace x1::calendar {

using Seconds = std::chrono::sys_seconds;

// "2026-11-24T09:00:00+01:00", "…Z", with or without a fraction.
[[nodiscard]] base::Result<Seconds> parse_rfc3339(std::string_view text);
// "2026-11-24T08:00:00Z".
[[nodiscard]] std::string format_rfc3339(Seconds time);
// "2026-11-24".
[[nodiscard]] std::string format_date(Seconds time);
// "20261124T080000Z", as RFC 5545 writes a UTC time.
[[nodiscard]] std::string format_ical(Seconds time);

}  // namespace x1::calendar
