#include "providers/calendar/zones.hpp"

#include <algorithm>
#include <memory>

namespace x1::calendar {
namespace {

bool is_zone_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && name.front() != '/' && name.find("..") == std::string_view::npos &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
                  c == '-' || c == '+';
         });
}

Seconds in_utc(icaltimetype local, icaltimezone* zone) {
  return Seconds(std::chrono::seconds(icaltime_as_timet_with_zone(local, zone)));
}

// One set of rules within a zone's definition (STANDARD or DAYLIGHT): its lines, and the days it begins and ends on.
struct Observance {
  std::vector<Part::Row> rows;
  std::string first;  // "19961027"
  std::string last;   // the last onset; "9" when there is none
};

void note(Observance& observance, const Line& line) {
  if (line.name() == "DTSTART") observance.first = line.value().substr(0, 8);
  if (line.name() == "DTSTART" || line.name() == "RDATE") {
    observance.last = std::max(observance.last, std::string(line.value().substr(0, 8)));
  }
  if (line.name() != "RRULE") return;
  const auto until = line.logical().find("UNTIL=");
  observance.last = until == std::string::npos ? "9" : std::max(observance.last, line.logical().substr(until + 6, 8));
}

std::vector<Observance> observances_of(const Part& zone) {
  std::vector<Observance> found;
  for (const auto& row : zone.rows) {
    if (!row.inner) continue;
    if (row.line.name() == "BEGIN") found.emplace_back();
    if (found.empty()) continue;
    found.back().rows.push_back(row);
    note(found.back(), row.line);
  }
  return found;
}

// Those that begin again after that day; and if none of these holds on it, the last one that began before.
void keep_from(std::vector<Observance>& all, const std::string& day) {
  const auto over = [&](const Observance& each) { return each.last < day; };
  const bool covered = std::ranges::any_of(all, [&](const auto& each) { return !over(each) && each.first < day; });
  std::string latest;
  for (const auto& each : all) {
    if (!covered && over(each)) latest = std::max(latest, each.last);
  }
  std::erase_if(all, [&](const auto& each) { return over(each) && each.last != latest; });
}

}  // namespace

icaltimetype wall_at(Seconds time, icaltimezone* zone) {
  auto wall = icaltime_from_timet_with_zone(static_cast<time_t>(time.time_since_epoch().count()), 0, zone);
  wall.zone = zone;  // libical converts the time and leaves it UTC by name
  return wall;
}

base::Result<icaltimezone*> zone_of(const std::string& name) {
  auto* zone = is_zone_name(name) ? icaltimezone_get_builtin_timezone(name.c_str()) : nullptr;
  if (zone == nullptr || icaltimezone_get_component(zone) == nullptr) {
    return base::Error{base::Code::invalid_request, "There is no time zone of the name \"" + name + "\".",
                       "Name it as IANA does: Europe/Berlin."};
  }
  return zone;
}

icaltimezone* zone_of_tzid(icalcomponent* calendar, const std::string& tzid) {
  if (auto known = zone_of(tzid); known.ok()) return *known;
  if (auto* own = icalcomponent_get_timezone(calendar, tzid.c_str()); own != nullptr) return own;
  for (std::string_view name = tzid; !name.empty();) {
    if (auto known = zone_of(std::string(name)); known.ok()) return *known;
    const auto slash = name.find('/');
    name = slash == std::string_view::npos ? std::string_view() : name.substr(slash + 1);
  }
  return nullptr;
}

base::Result<Part> zone_part(const std::string& name, Seconds from) {
  X1_TRY(zone, zone_of(name));
  const std::unique_ptr<char, void (*)(void*)> text(icalcomponent_as_ical_string_r(icaltimezone_get_component(zone)),
                                                    icalmemory_free_buffer);
  X1_TRY(whole, Object::parse("BEGIN:VCALENDAR\r\n" + std::string(text.get()) + "END:VCALENDAR\r\n"));
  auto observances = observances_of(std::get<Part>(whole.members.front()));
  keep_from(observances, format_ical(from).substr(0, 8));
  Part part{"VTIMEZONE", {{Line::make("TZID", name), false}}};
  for (auto& each : observances)
    std::ranges::move(each.rows, std::back_inserter(part.rows));
  return part;
}

base::Result<Seconds> instant_of(icaltimetype local, icaltimezone* zone) {
  const auto time = in_utc(local, zone);
  const auto shows_it = [&](Seconds when) {
    const auto wall = wall_at(when, zone);
    return wall.day == local.day && wall.hour == local.hour && wall.minute == local.minute;
  };
  if (!shows_it(time)) {
    return base::Error{base::Code::invalid_request,
                       "There is no such time on that day in that zone: its clocks skip it.", "Choose another time."};
  }
  for (const auto minutes : {-120, -60, -30, 30, 60, 120}) {
    if (!shows_it(time + std::chrono::minutes(minutes))) continue;
    return base::Error{base::Code::invalid_request, "That time comes twice on that day in that zone.",
                       "Give it in UTC, and no zone."};
  }
  return time;
}

}  // namespace x1::calendar
