#include "providers/calendar/change.hpp"

#include <algorithm>
#include <charconv>

#include "providers/calendar/events.hpp"
#include "providers/calendar/object.hpp"
#include "providers/calendar/properties.hpp"
#include "providers/calendar/zones.hpp"

namespace x1::calendar {
namespace {

// An object as its lines, to be changed, and as libical reads it, to be understood. The events of both are in one
// order.
struct Open {
  Object object;
  Component calendar;
  std::vector<Part*> parts;
  std::vector<icalcomponent*> events;

  static base::Result<Open> open(const Resource& resource) {
    X1_TRY(object, Object::parse(resource.data));
    X1_TRY(calendar, parse_calendar(resource.data));
    Open opened{std::move(object), std::move(calendar), {}, {}};
    opened.events = events_of(opened.calendar.get());
    opened.parts = opened.object.events();
    if (opened.events.empty() || opened.events.size() != opened.parts.size()) return bad_calendar();
    return opened;
  }
  [[nodiscard]] std::optional<std::size_t> master() const {
    const auto found = std::ranges::find_if_not(events, is_override);
    if (found == events.end()) return std::nullopt;
    return static_cast<std::size_t>(found - events.begin());
  }
  [[nodiscard]] Span span(std::size_t index) const { return span_of(calendar.get(), events[index]); }
  // The exception for the occurrence that would start then.
  [[nodiscard]] std::optional<std::size_t> override_at(Seconds at) const {
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (is_override(events[i]) &&
          moment_of(calendar.get(), events[i], ICAL_RECURRENCEID_PROPERTY).at(nullptr) == at) {
        return i;
      }
    }
    return std::nullopt;
  }
  // On which clock the event is; its id for TZID is the event's own.
  [[nodiscard]] Clock clock(std::size_t index) const {
    const auto* line = parts[index]->find("DTSTART");
    return {span(index).start.zone, line == nullptr ? "" : line->parameter("TZID")};
  }
  // Where an occurrence starts that is meant by this time.
  [[nodiscard]] base::Result<Seconds> meant(const When& when) const {
    const auto series = master().value_or(0);
    if (when.kind == When::Kind::instant) return when.at;
    X1_TRY(moment, on_clock(when, clock(series)));
    return moment.at(nullptr);
  }
};

bool recurs(const Open& open) {
  const auto& series = *open.parts[*open.master()];
  return series.find("RRULE") != nullptr || series.find("RDATE") != nullptr;
}

bool has_exceptions(const Open& open) {
  const auto& series = *open.parts[*open.master()];
  return open.events.size() > 1 || series.find("EXDATE") != nullptr || series.find("RDATE") != nullptr;
}

// The times that the event shall have, and the clock that they are on.
struct NewTimes {
  Span span;
  Clock clock;
};
base::Result<NewTimes> new_times(const Details& details, const Span& now, Clock clock) {
  if (details.zone) {
    if (!details.start || !details.end) return invalid("With another zone, give the start and the end anew.");
    X1_TRY(named, clock_of(*details.zone));
    clock = std::move(named);
  } else if (now.start.is_date()) {
    // It was of whole days, and so on no clock.
    const auto timed = [](const std::optional<When>& when) { return when && when->kind != When::Kind::date; };
    if (timed(details.start) || timed(details.end)) clock = {icaltimezone_get_utc_timezone(), ""};
    const auto local = [](const std::optional<When>& when) { return when && when->kind == When::Kind::local; };
    if (local(details.start) || local(details.end)) return invalid("Name the zone that these times are of.");
  }
  auto span = now;
  if (details.start) {
    X1_TRY(start, on_clock(*details.start, clock));
    span = {start, later(start, now.length(), clock.zone)};
  }
  if (details.end) {
    X1_TRY(end, on_clock(*details.end, clock));
    span.end = end;
  }
  if (span.start.is_date() != span.end.is_date()) return invalid("Start and end are either both dates or both times.");
  // One that had no length may keep it.
  const std::chrono::seconds none(0);
  if (span.length() < none || (details.end && span.length() == none)) return invalid("The end is not after the start.");
  return NewTimes{span, std::move(clock)};
}

void count_up(Part& part) {
  int sequence = 0;
  if (const auto* line = part.find("SEQUENCE"); line != nullptr) {
    const auto value = line->value();
    std::from_chars(std::to_address(value.begin()), std::to_address(value.end()), sequence);
  }
  part.set(Line::make("SEQUENCE", std::to_string(std::clamp(sequence, 0, 999'999) + 1)));
}

base::Status put_times(Object& object, Part& part, const Details& details, const Span& now, const Clock& clock) {
  if (!details.start && !details.end && !details.zone) return base::Done{};
  X1_TRY(times, new_times(details, now, clock));
  part.set(time_line("DTSTART", times.span.start, times.clock.tzid));
  part.erase("DURATION");
  part.set(time_line("DTEND", times.span.end, times.clock.tzid));
  if (!details.zone || times.span.start.is_date() || times.clock.tzid.empty() || object.has_zone(times.clock.tzid)) {
    return base::Done{};
  }
  X1_TRY(zone, zone_part(times.clock.tzid, times.span.start.at(nullptr)));
  object.add_zone(std::move(zone));
  return base::Done{};
}

// An exception for that occurrence, as its series says it is.
Part exception_of(const Part& series, const Span& span, const Moment& start, const std::string& tzid) {
  Part part = series;
  for (const auto* name : {"RRULE", "RDATE", "EXDATE", "EXRULE", "DURATION"})
    part.erase(name);
  part.set(time_line("DTSTART", start, tzid));
  const auto* end = series.find("DTEND");
  part.set(
      time_line("DTEND", later(start, span.length(), span.end.zone), end == nullptr ? tzid : end->parameter("TZID")));
  part.add(time_line("RECURRENCE-ID", start, tzid));
  return part;
}

base::Result<std::string> changed_event(Open& open, const Details& details, std::size_t index) {
  const auto now = open.span(index);
  const auto clock = open.clock(index);
  const bool series = !is_override(open.events[index]);
  if (!series && details.recurrence) return invalid("One occurrence has no recurrence of its own.");
  if (series && (details.start || details.zone || details.recurrence) && has_exceptions(open)) {
    return base::Error{base::Code::unsupported,
                       "The event has occurrences that differ from its rule, which would no longer fit.",
                       "Change single occurrences, or delete it and make a new one."};
  }
  auto changed = *open.parts[index];
  put_texts(changed, details);
  X1_TRY(ruled,
         put_rule(changed, details,
                  details.start.value_or(When{}).kind == When::Kind::date || (!details.start && now.start.is_date())));
  static_cast<void>(ruled);
  put_people(changed, details);
  count_up(changed);
  // A zone may be put before the events, which moves them.
  X1_TRY(timed, put_times(open.object, changed, details, now, clock));
  static_cast<void>(timed);
  *open.object.events()[index] = std::move(changed);
  return open.object.text();
}

}  // namespace

base::Result<std::string> new_object(const std::string& uid, const Details& details) {
  const bool timed = details.start->kind != When::Kind::date;
  Clock clock{icaltimezone_get_utc_timezone(), ""};
  if (details.zone && timed) {
    X1_TRY(named, clock_of(*details.zone));
    clock = std::move(named);
  } else if (details.start->kind == When::Kind::local || details.end->kind == When::Kind::local) {
    return invalid("Name the zone that these times are of, or give their offsets.");
  }
  X1_TRY(start, on_clock(*details.start, clock));
  X1_TRY(end, on_clock(*details.end, clock));
  if (start.is_date() != end.is_date()) return invalid("Start and end are either both dates or both times.");
  if (end.at(nullptr) <= start.at(nullptr)) return invalid("The end is not after the start.");
  Part event{"VEVENT", {}};
  event.add(Line::make("UID", uid));
  // The stamp is the event's own start: a plan must come out the same when it is made again (call.hpp).
  event.add(Line::make("DTSTAMP", format_ical(start.at(nullptr))));
  event.add(time_line("DTSTART", start, clock.tzid));
  event.add(time_line("DTEND", end, clock.tzid));
  put_texts(event, details);
  X1_TRY(ruled, put_rule(event, details, start.is_date()));
  static_cast<void>(ruled);
  put_people(event, details);
  Object object;
  object.members.emplace_back(Line::make("VERSION", "2.0"));
  object.members.emplace_back(Line::make("PRODID", "-//x1agent//calendar//EN"));
  if (!clock.tzid.empty() && !start.is_date()) {
    X1_TRY(zone, zone_part(clock.tzid, start.at(nullptr)));
    object.add_zone(std::move(zone));
  }
  object.add_event(std::move(event));
  return object.text();
}

base::Result<std::string> changed_object(const Resource& resource, const Details& details,
                                         const std::optional<When>& occurrence) {
  X1_TRY(open, Open::open(resource));
  const auto master = open.master();
  if (!occurrence) {
    if (!master && open.events.size() > 1) return invalid("Say which occurrence is meant: the series is not here.");
    return changed_event(open, details, master.value_or(0));
  }
  X1_TRY(at, open.meant(*occurrence));
  auto index = open.override_at(at);
  if (!index) {
    if (master && !recurs(open)) return invalid("The event does not recur: leave the occurrence out.");
    if (!master) return base::Error{base::Code::not_found, "There is no such occurrence of this event.", ""};
    X1_TRY(start, occurrence_at(open.calendar.get(), open.events[*master], at));
    open.object.add_event(exception_of(*open.parts[*master], open.span(*master), start, open.clock(*master).tzid));
    X1_TRY(excepted, Open::open({resource.href, resource.etag, open.object.text()}));
    open = std::move(excepted);
    index = open.override_at(at);
    // The object's own zone may write two moments alike, or read its own writing otherwise.
    if (!index) {
      return base::Error{base::Code::unsupported, "The clock of the series can't say when this occurrence is.",
                         "Change it in the calendar itself."};
    }
  }
  return changed_event(open, details, *index);
}

base::Result<std::string> without_occurrence(const Resource& resource, const When& occurrence) {
  X1_TRY(open, Open::open(resource));
  const auto master = open.master();
  X1_TRY(at, open.meant(occurrence));
  const auto exception = open.override_at(at);
  if (!master) return base::Error{base::Code::unsupported, "The series of this occurrence is not here.", ""};
  if (!recurs(open)) return invalid("The event does not recur: delete it whole.");
  const auto start = occurrence_at(open.calendar.get(), open.events[*master], at);
  if (!start.ok()) return start.error();
  auto& series = *open.parts[*master];
  series.add(time_line("EXDATE", *start, open.clock(*master).tzid));
  count_up(series);
  if (exception) open.object.erase(open.parts[*exception]);
  return open.object.text();
}

}  // namespace x1::calendar
