// The occurrences of recurring events (RFC 5545, section 3.8.5; exceptions: section 3.8.4.4).
#include <algorithm>
#include <map>
#include <set>

#include "providers/calendar/events.hpp"
#include "providers/calendar/rules.hpp"

namespace x1::calendar {
namespace {

base::Error too_often() { return base::Error{base::Code::too_large, "An event repeats too often to be listed.", ""}; }

bool touches(const Event& event, Seconds start, Seconds end) {
  return event.starts_at < end &&
         (event.ends_at > start || (event.ends_at == event.starts_at && event.starts_at >= start));
}

// What a rule counts for that was looked at and can't be followed. Who can't pay for that has none looked at.
constexpr std::int64_t steps_in_vain = 10'000;

// How far rules may still be followed: those of one object, and those of one call.
struct Steps {
  std::int64_t& of_call;
  std::int64_t of_object = 20'000;
  [[nodiscard]] bool may_look() const { return of_call >= steps_in_vain; }
  bool take(std::int64_t count) {
    if (count > std::min(of_object, of_call)) return false;
    of_object -= count;
    of_call -= count;
    return true;
  }
};

class Series {
 public:
  Series(icalcomponent* calendar, icalcomponent* event, icaltimezone* floating, Steps& steps)
      : calendar_(calendar), event_(event), floating_(floating), steps_(steps) {}

  // Where the occurrences up to `end` start, without those that EXDATE takes out.
  base::Result<std::map<Seconds, Moment>> starts(Seconds end) {
    const auto first = moment_of(calendar_, event_, ICAL_DTSTART_PROPERTY);
    if (icaltime_is_null_time(first.wall)) return bad_calendar();
    std::map<Seconds, Moment> found{{first.at(floating_), first}};
    each(ICAL_RDATE_PROPERTY, [&](const Moment& moment) { found.emplace(moment.at(floating_), moment); });
    for (auto* property = icalcomponent_get_first_property(event_, ICAL_RRULE_PROPERTY); property != nullptr;
         property = icalcomponent_get_next_property(event_, ICAL_RRULE_PROPERTY)) {
      X1_TRY(followed, follow(icalproperty_get_rrule(property), first, end, found));
      static_cast<void>(followed);
    }
    each(ICAL_EXDATE_PROPERTY, [&](const Moment& moment) { found.erase(moment.at(floating_)); });
    return found;
  }

 private:
  template <class Take>
  void each(icalproperty_kind kind, Take take) {
    for (auto* property = icalcomponent_get_first_property(event_, kind); property != nullptr;
         property = icalcomponent_get_next_property(event_, kind)) {
      const auto moment = moment_of(calendar_, property);
      if (!icaltime_is_null_time(moment.wall)) take(moment);
    }
  }

  base::Status follow(const icalrecurrencetype& written, const Moment& first, Seconds end,
                      std::map<Seconds, Moment>& found) {
    if (!steps_.may_look()) return too_often();
    const auto last = later(Moment{first.wall, first.zone}, end - first.at(floating_), first.zone);
    const auto bound = bound_rule(written, first.wall, last.wall);
    if (!steps_.take(bound ? bound->steps : steps_in_vain) || !bound) return too_often();
    const RecurrenceIterator iterator(icalrecur_iterator_new(bound->rule, first.wall));
    if (!iterator) return bad_calendar();
    // What one period has several of was not counted yet.
    auto paid = bound->steps;
    for (auto next = icalrecur_iterator_next(iterator.get()); !icaltime_is_null_time(next);
         next = icalrecur_iterator_next(iterator.get())) {
      if (--paid < 0 && !steps_.take(1)) return too_often();
      const Moment moment{next, first.zone};
      if (moment.at(floating_) >= end) break;
      found.emplace(moment.at(floating_), moment);
    }
    return base::Done{};
  }

  icalcomponent* calendar_;
  icalcomponent* event_;
  icaltimezone* floating_;
  Steps& steps_;
};

Event occurrence(const Event& master, const Moment& start, icaltimezone* floating) {
  auto single = master;
  const auto length = Span{master.start, master.end}.length();
  single.start = start;
  single.end = later(start, length, master.end.zone);
  single.starts_at = start.at(floating);
  single.ends_at = single.end.at(floating);
  single.start_text = start.text();
  single.end_text = single.end.text();
  if (master.recurring) {
    single.recurrence = start;
    single.recurrence_text = single.start_text;
  }
  return single;
}

}  // namespace

base::Result<Moment> occurrence_at(icalcomponent* calendar, icalcomponent* event, Seconds at) {
  auto of_call = max_steps;
  Steps steps{of_call};
  X1_TRY(starts, Series(calendar, event, nullptr, steps).starts(at + std::chrono::seconds(1)));
  const auto found = starts.find(at);
  if (found == starts.end()) {
    return base::Error{base::Code::not_found, "There is no such occurrence of this event.", ""};
  }
  return found->second;
}

base::Result<std::vector<Event>> Expansion::of(const Resource& resource) {
  X1_TRY(calendar, parse_calendar(resource.data));
  std::vector<Event> found;
  std::set<Seconds> replaced;  // occurrences that an override in the same object stands for
  std::vector<icalcomponent*> masters;
  for (auto* event : events_of(calendar.get())) {
    if (!is_override(event)) {
      masters.push_back(event);
      continue;
    }
    auto single = describe(resource, calendar.get(), event, floating_);
    replaced.insert(single.recurrence.at(floating_));
    if (touches(single, start_, end_)) found.push_back(std::move(single));
  }
  Steps steps{steps_left_};
  for (auto* event : masters) {
    const auto master = describe(resource, calendar.get(), event, floating_);
    X1_TRY(starts, Series(calendar.get(), event, floating_, steps).starts(end_));
    for (const auto& [at, moment] : starts) {
      if (replaced.contains(at)) continue;
      auto single = occurrence(master, moment, floating_);
      if (touches(single, start_, end_)) found.push_back(std::move(single));
    }
  }
  // The moments' zones may be the calendar's own, and end with it: their texts stay.
  for (auto& each : found)
    each.start.zone = each.end.zone = each.recurrence.zone = nullptr;
  return found;
}

}  // namespace x1::calendar
