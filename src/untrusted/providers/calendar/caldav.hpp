// CalDAV (RFC 4791) as text: the two queries that this provider makes, and what a multistatus answer holds.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "providers/calendar/time.hpp"

namespace x1::calendar {

// Body of a REPORT for every event that touches [start, end).
[[nodiscard]] std::string time_range_query(Seconds start, Seconds end);
// Body of a REPORT for the event of one UID.
[[nodiscard]] std::string uid_query(std::string_view uid);

// One calendar object: where it is, its version, and its iCalendar text.
struct Resource {
  std::string href;
  std::string etag;
  std::string data;
};

// The objects of a 207 answer, at most 10,000; responses without calendar data are left out.
[[nodiscard]] base::Result<std::vector<Resource>> parse_multistatus(std::string_view xml);

}  // namespace x1::calendar
