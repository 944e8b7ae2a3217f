// How far a recurrence rule (RFC 5545, section 3.3.10) is followed. libical looks for the next occurrence of a rule
// without a bound of its own: of one that never comes ("every hour of 30 February"), for minutes within one step.
#pragma once

#include <libical/ical.h>

#include <cstdint>
#include <memory>
#include <optional>

namespace x1::calendar {

struct FreeIterator {
  void operator()(icalrecur_iterator* iterator) const { icalrecur_iterator_free(iterator); }
};
using RecurrenceIterator = std::unique_ptr<icalrecur_iterator, FreeIterator>;

// A rule that is followed from its first time to its `until`, and no further.
struct BoundRule {
  icalrecurrencetype rule;
  std::int64_t steps;  // at most so many times are looked at on the way, and before it
};
// Up to the end of the day after `last`, which is of any clock. Nothing of a rule that repeats within an hour, that is
// of another calendar than the Gregorian (RFC 7529), or that has no occurrence in its first 40 years (of a longer
// interval: in its first 40).
[[nodiscard]] std::optional<BoundRule> bound_rule(icalrecurrencetype rule, icaltimetype first, icaltimetype last);

}  // namespace x1::calendar
