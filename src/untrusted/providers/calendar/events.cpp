#include "providers/calendar/events.hpp"

#include <libical/ical.h>
#include <memory>
#include <set>

namespace x1::calendar {
namespace {

constexpr int max_recurrence_steps = 20'000;

struct FreeComponent {
  void operator()(icalcomponent* component) const { icalcomponent_free(component); }
};
using Component = std::unique_ptr<icalcomponent, FreeComponent>;

struct FreeIterator {
  void operator()(icalrecur_iterator* iterator) const { icalrecur_iterator_free(iterator); }
};
using RecurrenceIterator = std::unique_ptr<icalrecur_iterator, FreeIterator>;

base::Error bad_calendar() {
  return base::Error{base::Code::upstream_error, "The calendar server sent an event that is not valid iCalendar.", ""};
}

Seconds to_seconds(icaltimetype time) {
  const auto* zone = time.zone != nullptr ? time.zone : icaltimezone_get_utc_timezone();
  return Seconds(std::chrono::seconds(icaltime_as_timet_with_zone(time, zone)));
}

std::string text_of(const char* text) { return text == nullptr ? "" : text; }

Event describe(const Resource& resource, icalcomponent* event) {
  const auto start = icalcomponent_get_dtstart(event);
  auto end = icalcomponent_get_dtend(event);
  if (icaltime_is_null_time(end)) end = start;
  return Event{.uid = text_of(icalcomponent_get_uid(event)),
               .href = resource.href,
               .etag = resource.etag,
               .summary = text_of(icalcomponent_get_summary(event)),
               .location = text_of(icalcomponent_get_location(event)),
               .description = text_of(icalcomponent_get_description(event)),
               .start = to_seconds(start),
               .end = to_seconds(end),
               .all_day = icaltime_is_date(start) != 0,
               .recurring = icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY) != nullptr ||
                            icalcomponent_get_first_property(event, ICAL_RDATE_PROPERTY) != nullptr};
}

bool touches(const Event& event, Seconds start, Seconds end) {
  return event.start < end && (event.end > start || (event.end == event.start && event.start >= start));
}

// The starts that a property list of the event names (EXDATE, RDATE).
std::set<Seconds> dates(icalcomponent* event, icalproperty_kind kind) {
  std::set<Seconds> found;
  for (auto* property = icalcomponent_get_first_property(event, kind); property != nullptr;
       property = icalcomponent_get_next_property(event, kind)) {
    const auto time = kind == ICAL_RDATE_PROPERTY ? icalproperty_get_rdate(property).time
                                                  : icalproperty_get_datetime_with_component(property, event);
    if (!icaltime_is_null_time(time)) found.insert(to_seconds(time));
  }
  return found;
}

// Where the occurrences of a recurring event start, up to `end`, its exceptions not yet taken out.
base::Result<std::set<Seconds>> recurrence_starts(icalcomponent* event, Seconds end) {
  auto starts = dates(event, ICAL_RDATE_PROPERTY);
  const auto first = icalcomponent_get_dtstart(event);
  starts.insert(to_seconds(first));
  int steps = 0;
  for (auto* property = icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY); property != nullptr;
       property = icalcomponent_get_next_property(event, ICAL_RRULE_PROPERTY)) {
    const RecurrenceIterator iterator(icalrecur_iterator_new(icalproperty_get_rrule(property), first));
    if (!iterator) return bad_calendar();
    for (auto next = icalrecur_iterator_next(iterator.get()); !icaltime_is_null_time(next);
         next = icalrecur_iterator_next(iterator.get())) {
      if (++steps > max_recurrence_steps) {
        return base::Error{base::Code::too_large, "An event repeats too often to be listed.", ""};
      }
      const auto start = to_seconds(next);
      if (start >= end) break;
      starts.insert(start);
    }
  }
  return starts;
}

Component parse(const Resource& resource) {
  Component calendar(icalparser_parse_string(resource.data.c_str()));
  if (calendar && icalcomponent_isa(calendar.get()) != ICAL_VCALENDAR_COMPONENT) calendar.reset();
  return calendar;
}

bool is_override(icalcomponent* event) {
  return icalcomponent_get_first_property(event, ICAL_RECURRENCEID_PROPERTY) != nullptr;
}

void put_time(icalcomponent* event, icalproperty* (*make)(icaltimetype), Seconds time) {
  const auto utc = icaltime_from_timet_with_zone(static_cast<time_t>(time.time_since_epoch().count()), 0,
                                                 icaltimezone_get_utc_timezone());
  icalcomponent_add_property(event, make(utc));
}

}  // namespace

wire::Value to_value(const Event& event) {
  const auto write = [&](Seconds time) { return event.all_day ? format_date(time) : format_rfc3339(time); };
  wire::Value::Object object{{"uid", event.uid},         {"href", event.href},          {"etag", event.etag},
                             {"summary", event.summary}, {"start", write(event.start)}, {"end", write(event.end)},
                             {"all_day", event.all_day}, {"recurring", event.recurring}};
  if (!event.location.empty()) object.emplace("location", event.location);
  if (!event.description.empty()) object.emplace("description", event.description);
  return object;
}

base::Result<std::vector<Event>> occurrences(const Resource& resource, Seconds start, Seconds end) {
  const auto calendar = parse(resource);
  if (!calendar) return bad_calendar();
  std::vector<Event> found;
  std::set<Seconds> replaced;  // occurrences that an override in the same object stands for
  std::vector<icalcomponent*> masters;
  for (auto* event = icalcomponent_get_first_component(calendar.get(), ICAL_VEVENT_COMPONENT); event != nullptr;
       event = icalcomponent_get_next_component(calendar.get(), ICAL_VEVENT_COMPONENT)) {
    if (!is_override(event)) {
      masters.push_back(event);
      continue;
    }
    replaced.insert(to_seconds(icalcomponent_get_recurrenceid(event)));
    auto single = describe(resource, event);
    single.recurring = true;
    if (touches(single, start, end)) found.push_back(std::move(single));
  }
  for (auto* event : masters) {
    const auto master = describe(resource, event);
    const auto excluded = dates(event, ICAL_EXDATE_PROPERTY);
    X1_TRY(starts, recurrence_starts(event, end));
    for (const auto at : starts) {
      if (excluded.contains(at) || replaced.contains(at)) continue;
      auto single = master;
      single.start = at;
      single.end = at + (master.end - master.start);
      if (touches(single, start, end)) found.push_back(std::move(single));
    }
  }
  return found;
}

base::Result<Event> master_event(const Resource& resource) {
  const auto calendar = parse(resource);
  if (!calendar) return bad_calendar();
  for (auto* event = icalcomponent_get_first_component(calendar.get(), ICAL_VEVENT_COMPONENT); event != nullptr;
       event = icalcomponent_get_next_component(calendar.get(), ICAL_VEVENT_COMPONENT)) {
    if (!is_override(event)) return describe(resource, event);
  }
  return bad_calendar();
}

std::string to_icalendar(const NewEvent& event) {
  const Component calendar(icalcomponent_new(ICAL_VCALENDAR_COMPONENT));
  icalcomponent_add_property(calendar.get(), icalproperty_new_version("2.0"));
  icalcomponent_add_property(calendar.get(), icalproperty_new_prodid("-//x1agent//calendar//EN"));
  auto* inner = icalcomponent_new(ICAL_VEVENT_COMPONENT);
  icalcomponent_add_component(calendar.get(), inner);
  icalcomponent_add_property(inner, icalproperty_new_uid(event.uid.c_str()));
  // The stamp is the event's own start: a plan must come out the same when it is made again (call.hpp).
  put_time(inner, icalproperty_new_dtstamp, event.start);
  put_time(inner, icalproperty_new_dtstart, event.start);
  put_time(inner, icalproperty_new_dtend, event.end);
  icalcomponent_add_property(inner, icalproperty_new_summary(event.summary.c_str()));
  if (!event.location.empty()) icalcomponent_add_property(inner, icalproperty_new_location(event.location.c_str()));
  if (!event.description.empty()) {
    icalcomponent_add_property(inner, icalproperty_new_description(event.description.c_str()));
  }
  const std::unique_ptr<char, void (*)(void*)> text(icalcomponent_as_ical_string_r(calendar.get()),
                                                    icalmemory_free_buffer);
  return text.get();
}

}  // namespace x1::calendar
