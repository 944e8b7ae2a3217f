#include "providers/calendar/details.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "providers/calendar/zones.hpp"

namespace x1::calendar {
namespace {

constexpr std::size_t max_attendees = 100;

// One addr-spec without quotes or comments, as people have: nothing that could end the line or begin a parameter.
bool is_address(std::string_view text) {
  const auto at = text.find('@');
  if (at == 0 || at == std::string_view::npos || at + 1 == text.size() || text.size() > 254) return false;
  constexpr std::string_view others = "!#$%&'*+-/=?^_`{|}~.@";
  return text.find('@', at + 1) == std::string_view::npos && std::ranges::all_of(text, [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  others.find(c) != std::string_view::npos;
         });
}

bool has_controls(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f; });
}

base::Result<std::optional<std::string>> text_member(wire::Fields& fields, std::string_view name, std::size_t max) {
  auto text = fields.optional_string(name, max);
  if (text && has_controls(*text)) return invalid("The " + std::string(name) + " holds control characters.");
  return text;
}

base::Result<std::optional<When>> when_member(wire::Fields& fields, std::string_view name) {
  const auto text = fields.optional_string(name, 64);
  if (!text) return std::optional<When>();
  X1_TRY(when, parse_when(*text));
  return std::optional<When>(when);
}

base::Result<std::vector<std::string>> addresses(const wire::Value& value) {
  const auto* list = value.array();
  if (list == nullptr || list->size() > max_attendees) return invalid("The attendees are not a list of at most 100.");
  std::vector<std::string> found;
  for (const auto& each : *list) {
    if (each.string() == nullptr || !is_address(*each.string())) {
      return invalid("An attendee is not an address like ada@example.org.");
    }
    if (std::ranges::find(found, *each.string()) == found.end()) found.push_back(*each.string());
  }
  return found;
}

base::Status check_rule(const std::string& rule) {
  if (rule.empty()) return base::Done{};
  const bool plain = std::ranges::all_of(rule, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '=' || c == ';' || c == ',' || c == '-' || c == '+';
  });
  const auto read = plain ? icalrecurrencetype_from_string(rule.c_str()).freq : ICAL_NO_RECURRENCE;
  if (read == ICAL_NO_RECURRENCE) return invalid("The recurrence is not a rule like FREQ=WEEKLY;BYDAY=MO;COUNT=10.");
  if (read == ICAL_SECONDLY_RECURRENCE || read == ICAL_MINUTELY_RECURRENCE || read == ICAL_HOURLY_RECURRENCE) {
    return invalid("The recurrence may repeat daily at most.");
  }
  return base::Done{};
}

}  // namespace

base::Error invalid(std::string message) { return {base::Code::invalid_request, std::move(message), ""}; }

base::Result<When> parse_when(const std::string& text) {
  const bool date = text.size() == 10;
  const bool local = text.size() == 16 || text.size() == 19;
  if (!date && !local) {
    X1_TRY(at, parse_rfc3339(text));
    return When{When::Kind::instant, icaltime_null_time(), at};
  }
  const auto whole = date ? text + "T00:00:00Z" : text + (text.size() == 16 ? ":00Z" : "Z");
  const auto read = parse_rfc3339(whole);
  if (!read.ok()) {
    return invalid("\"" + text + "\" is not a time like 2026-11-24T09:00:00+01:00, nor a date like 2026-11-24.");
  }
  auto wall = icaltime_from_timet_with_zone(static_cast<time_t>(read->time_since_epoch().count()), date ? 1 : 0,
                                            icaltimezone_get_utc_timezone());
  wall.zone = nullptr;
  return When{date ? When::Kind::date : When::Kind::local, wall, {}};
}

bool Details::empty() const {
  return !summary && !location && !description && !status && !recurrence && !organizer && !zone && !start && !end &&
         !attendees;
}

base::Result<Details> read_details(wire::Fields& fields) {
  Details details;
  X1_TRY(summary, text_member(fields, "summary", 1024));
  X1_TRY(location, text_member(fields, "location", 1024));
  X1_TRY(description, text_member(fields, "description", 16 * 1024));
  X1_TRY(start, when_member(fields, "start"));
  X1_TRY(end, when_member(fields, "end"));
  details.summary = std::move(summary);
  details.location = std::move(location);
  details.description = std::move(description);
  details.start = start;
  details.end = end;
  details.zone = fields.optional_string("zone", 64);
  details.status = fields.optional_string("status", 16);
  details.recurrence = fields.optional_string("recurrence", 500);
  details.organizer = fields.optional_string("organizer", 254);
  if (details.status && *details.status != "CONFIRMED" && *details.status != "TENTATIVE" &&
      *details.status != "CANCELLED") {
    return invalid("The status is none of CONFIRMED, TENTATIVE and CANCELLED.");
  }
  if (details.organizer && !is_address(*details.organizer)) {
    return invalid("The organizer is not an address like ada@example.org.");
  }
  if (details.recurrence) {
    X1_TRY(checked, check_rule(*details.recurrence));
    static_cast<void>(checked);
  }
  if (const auto list = fields.optional_any("attendees")) {
    X1_TRY(attendees, addresses(*list));
    details.attendees = std::move(attendees);
  }
  return details;
}

base::Result<Clock> clock_of(const std::string& zone) {
  if (zone == "UTC") return Clock{icaltimezone_get_utc_timezone(), ""};
  X1_TRY(known, zone_of(zone));
  return Clock{known, zone};
}

base::Result<Moment> on_clock(const When& when, const Clock& clock) {
  switch (when.kind) {
    case When::Kind::date: return Moment{when.wall, nullptr};
    case When::Kind::local: {
      if (clock.zone == nullptr) return Moment{when.wall, nullptr};
      X1_TRY(at, instant_of(when.wall, clock.zone));
      static_cast<void>(at);
      auto wall = when.wall;
      return Moment{icaltime_set_timezone(&wall, clock.zone), clock.zone};
    }
    case When::Kind::instant: break;
  }
  if (clock.zone == nullptr) {
    return invalid("The event is on no zone's clock: give its times without an offset, or a zone.");
  }
  const auto wall = wall_at(when.at, clock.zone);
  X1_TRY(at, instant_of(wall, clock.zone));
  static_cast<void>(at);
  return Moment{wall, clock.zone};
}

}  // namespace x1::calendar
