#include "providers/calendar/ical.hpp"

#include <algorithm>
#include <cstdlib>

#include "providers/calendar/rules.hpp"
#include "providers/calendar/zones.hpp"

namespace x1::calendar {
namespace {

constexpr std::size_t max_event_bytes = 1 << 20;
constexpr int max_observances = 400;
constexpr int first_zone_year = 1600;
constexpr int last_zone_year = 2582;  // libical's last
constexpr std::int64_t max_zone_steps = 20'000;

// libical follows a zone's rules year by year from its first on: only what real zones have is taken.
bool can_be_followed(icalcomponent* zone) {
  int observances = 0;
  std::int64_t steps = 0;
  for (auto* each = icalcomponent_get_first_component(zone, ICAL_ANY_COMPONENT); each != nullptr;
       each = icalcomponent_get_next_component(zone, ICAL_ANY_COMPONENT)) {
    const auto first = icalcomponent_get_dtstart(each);
    if (++observances > max_observances || first.year < first_zone_year) return false;
    for (auto* rule = icalcomponent_get_first_property(each, ICAL_RRULE_PROPERTY); rule != nullptr;
         rule = icalcomponent_get_next_property(each, ICAL_RRULE_PROPERTY)) {
      const auto written = icalproperty_get_rrule(rule);
      if (written.freq != ICAL_YEARLY_RECURRENCE) return false;
      const auto bound = bound_rule(written, first, icaltime_from_day_of_year(1, last_zone_year));
      if (!bound || (steps += bound->steps) > max_zone_steps) return false;
    }
  }
  return true;
}

Seconds as_seconds(icaltimetype wall, icaltimezone* zone) {
  return Seconds(std::chrono::seconds(
      icaltime_as_timet_with_zone(wall, zone == nullptr ? icaltimezone_get_utc_timezone() : zone)));
}

// When a date, a time or a period begins; a null time of anything else.
icaltimetype wall_of(const icalvalue* value) {
  const auto kind = value == nullptr ? ICAL_NO_VALUE : icalvalue_isa(value);
  if (kind == ICAL_DATE_VALUE) return icalvalue_get_date(value);
  if (kind == ICAL_DATETIME_VALUE) return icalvalue_get_datetime(value);
  if (kind == ICAL_PERIOD_VALUE) return icalvalue_get_period(value).start;
  if (kind != ICAL_DATETIMEPERIOD_VALUE) return icaltime_null_time();
  const auto when = icalvalue_get_datetimeperiod(value);
  return icaltime_is_null_time(when.time) ? when.period.start : when.time;
}

std::string offset_text(std::chrono::seconds offset) {
  if (offset == std::chrono::seconds(0)) return "+00:00";
  const auto minutes = std::chrono::abs(std::chrono::round<std::chrono::minutes>(offset));
  const auto two = [](std::int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  return (offset < std::chrono::seconds(0) ? "-" : "+") + two(minutes.count() / 60) + ":" + two(minutes.count() % 60);
}

}  // namespace

base::Error bad_calendar() {
  return base::Error{base::Code::upstream_error, "The calendar server sent an event that is not valid iCalendar.", ""};
}

base::Result<Component> parse_calendar(const std::string& text) {
  if (text.size() > max_event_bytes) return base::Error{base::Code::too_large, "The event is larger than 1 MiB.", ""};
  Component calendar(icalparser_parse_string(text.c_str()));
  if (!calendar || icalcomponent_isa(calendar.get()) != ICAL_VCALENDAR_COMPONENT) return bad_calendar();
  for (auto* zone = icalcomponent_get_first_component(calendar.get(), ICAL_VTIMEZONE_COMPONENT); zone != nullptr;
       zone = icalcomponent_get_next_component(calendar.get(), ICAL_VTIMEZONE_COMPONENT)) {
    if (!can_be_followed(zone)) return bad_calendar();
  }
  return calendar;
}

std::vector<icalcomponent*> events_of(icalcomponent* calendar) {
  std::vector<icalcomponent*> found;
  for (auto* event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT); event != nullptr;
       event = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT)) {
    found.push_back(event);
  }
  return found;
}

bool is_override(icalcomponent* event) {
  return icalcomponent_get_first_property(event, ICAL_RECURRENCEID_PROPERTY) != nullptr;
}

std::string text_of(const char* text) { return text == nullptr ? "" : text; }

Seconds Moment::at(icaltimezone* floating) const { return as_seconds(wall, zone == nullptr ? floating : zone); }

std::string Moment::text() const {
  const auto local = as_seconds(wall, nullptr);
  const auto written = format_rfc3339(local);
  if (is_date()) return written.substr(0, 10);
  if (zone == icaltimezone_get_utc_timezone()) return written;
  const auto clock = written.substr(0, written.size() - 1);
  return zone == nullptr ? clock : clock + offset_text(local - at(nullptr));
}

std::string Moment::zone_name() const {
  if (is_date()) return "";
  if (zone == nullptr) return "floating";
  if (zone == icaltimezone_get_utc_timezone()) return "UTC";
  const auto location = text_of(icaltimezone_get_location(zone));
  return location.empty() ? text_of(icaltimezone_get_tzid(zone)) : location;
}

Moment moment_of(icalcomponent* calendar, icalproperty* property) {
  auto wall = wall_of(icalproperty_get_value(property));
  if (wall.is_date != 0) return {wall, nullptr};
  if (icaltime_is_utc(wall)) return {wall, icaltimezone_get_utc_timezone()};
  auto* named = icalproperty_get_first_parameter(property, ICAL_TZID_PARAMETER);
  auto* zone = named == nullptr ? nullptr : zone_of_tzid(calendar, text_of(icalparameter_get_tzid(named)));
  if (zone != nullptr) wall.zone = zone;
  return {wall, zone};
}

Moment moment_of(icalcomponent* calendar, icalcomponent* event, icalproperty_kind kind) {
  auto* property = icalcomponent_get_first_property(event, kind);
  return property == nullptr ? Moment{} : moment_of(calendar, property);
}

Moment later(const Moment& moment, std::chrono::seconds by, icaltimezone* zone) {
  if (moment.is_date()) {
    auto day = moment.wall;
    icaltime_adjust(&day, static_cast<int>(std::chrono::floor<std::chrono::days>(by).count()), 0, 0, 0);
    return {day, nullptr};
  }
  auto* clock = moment.is_floating() ? nullptr : zone;
  auto wall = wall_at(moment.at(nullptr) + by, clock == nullptr ? icaltimezone_get_utc_timezone() : clock);
  wall.zone = clock;
  return {wall, clock};
}

Span span_of(icalcomponent* calendar, icalcomponent* event) {
  const auto start = moment_of(calendar, event, ICAL_DTSTART_PROPERTY);
  const auto end = moment_of(calendar, event, ICAL_DTEND_PROPERTY);
  if (!icaltime_is_null_time(end.wall) && end.is_date() == start.is_date()) return {start, end};
  auto length = start.is_date() ? std::chrono::seconds(std::chrono::days(1)) : std::chrono::seconds(0);
  if (auto* property = icalcomponent_get_first_property(event, ICAL_DURATION_PROPERTY); property != nullptr) {
    length = std::chrono::seconds(icaldurationtype_as_int(icalproperty_get_duration(property)));
  }
  return {start, later(start, length, start.zone)};
}

}  // namespace x1::calendar
