#include "providers/calendar/rules.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <ranges>

namespace x1::calendar {
namespace {

constexpr int years_of_search = 40;  // 29 February on one weekday, over the turn of a century
constexpr int steps_of_a_look = 4;   // a look whether a rule comes in one period takes as long as some four steps
constexpr short beyond = 32'767;     // an interval after which libical searches no further

template <std::size_t N>
std::int64_t size_of(const short (&parts)[N]) {
  return std::ranges::find(parts, static_cast<short>(ICAL_RECURRENCE_ARRAY_MAX)) - std::begin(parts);
}

std::chrono::sys_days day_of(const icaltimetype& time) {
  const auto wall = icaltime_normalize(time);
  return std::chrono::year_month_day(std::chrono::year(wall.year),
                                     std::chrono::month(static_cast<unsigned>(wall.month)),
                                     std::chrono::day(static_cast<unsigned>(wall.day)));
}

// The start of the rule's n-th period, in the years that the calendar repeats (2000 to 2399): libical takes no start
// after the year 2582.
icaltimetype period(const icalrecurrencetype& rule, icaltimetype first, int n) {
  const int months = first.month - 1 + n * rule.interval * (rule.freq == ICAL_MONTHLY_RECURRENCE ? 1 : 12);
  first.year = 2000 + ((first.year + months / 12) % 400 + 400) % 400;
  first.month = months % 12 + 1;
  first.day = std::min(first.day, icaltime_days_in_month(first.month, first.year));
  return first;
}

bool comes_in_year(icalrecurrencetype rule, const icaltimetype& start) {
  rule.interval = beyond;
  return RecurrenceIterator(icalrecur_iterator_new(rule, start)) != nullptr;
}

// `day`: that of the rule's start, which is meant where the rule names none.
bool comes_in_month(icalrecurrencetype rule, icaltimetype start, int day) {
  if (size_of(rule.by_month) > 0 && !std::ranges::count(rule.by_month, static_cast<short>(start.month))) return false;
  if (size_of(rule.by_month_day) == 0 && size_of(rule.by_day) == 0) {
    std::ranges::fill(rule.by_month_day, ICAL_RECURRENCE_ARRAY_MAX);
    rule.by_month_day[0] = static_cast<short>(day);
  }
  std::ranges::fill(rule.by_month, ICAL_RECURRENCE_ARRAY_MAX);
  rule.interval = beyond;
  start.day = 1;
  const RecurrenceIterator iterator(icalrecur_iterator_new(rule, start));
  const auto next = iterator ? icalrecur_iterator_next(iterator.get()) : icaltime_null_time();
  return next.year == start.year && next.month == start.month;
}

// How many periods have to be looked at until it comes.
std::optional<int> looks_until_it_comes(icalrecurrencetype rule, const icaltimetype& first) {
  rule.until = icaltime_null_time();
  const bool monthly = rule.freq == ICAL_MONTHLY_RECURRENCE;
  const auto periods = std::views::iota(0, years_of_search * (monthly ? 12 : 1));
  const auto found = std::ranges::find_if(periods, [&](int n) {
    const auto start = period(rule, first, n);
    return monthly ? comes_in_month(rule, start, first.day) : comes_in_year(rule, start);
  });
  return found == periods.end() ? std::nullopt : std::optional(*found + 1);
}

std::optional<std::int64_t> periods_in(icalrecurrencetype_frequency frequency, std::int64_t days) {
  switch (frequency) {
    case ICAL_HOURLY_RECURRENCE: return days * 24;
    case ICAL_DAILY_RECURRENCE: return days;
    case ICAL_WEEKLY_RECURRENCE: return days / 7 + 1;
    case ICAL_MONTHLY_RECURRENCE: return days / 28 + 1;
    case ICAL_YEARLY_RECURRENCE: return days / 365 + 1;
    default: return std::nullopt;
  }
}

}  // namespace

std::optional<BoundRule> bound_rule(icalrecurrencetype rule, icaltimetype first, icaltimetype last) {
  first = icaltime_normalize(first);
  last = icaltime_normalize(last);
  icaltime_adjust(&last, 1, 0, 0, 0);
  if (icaltime_is_null_time(rule.until) || day_of(last) < day_of(rule.until)) rule.until = last;
  const auto days = std::max<std::int64_t>((day_of(rule.until) - day_of(first)).count() + 1, 1);
  const auto periods = periods_in(rule.freq, days);
  if (!periods || rule.rscale != nullptr || rule.interval < 1) return std::nullopt;
  const bool by_months = rule.freq == ICAL_MONTHLY_RECURRENCE || rule.freq == ICAL_YEARLY_RECURRENCE;
  const auto looks = by_months ? looks_until_it_comes(rule, first) : 0;
  if (!looks) return std::nullopt;
  std::int64_t in_each = 1;
  for (const auto named : {size_of(rule.by_hour), size_of(rule.by_minute), size_of(rule.by_second)})
    in_each *= std::max<std::int64_t>(named, 1);
  if (rule.freq == ICAL_WEEKLY_RECURRENCE) in_each *= std::max<std::int64_t>(size_of(rule.by_day), 1);
  return BoundRule{rule, (*periods / rule.interval + 1) * in_each + *looks * steps_of_a_look};
}

}  // namespace x1::calendar
