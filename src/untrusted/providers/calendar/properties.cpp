#include "providers/calendar/properties.hpp"

#include <algorithm>
#include <memory>

namespace x1::calendar {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string quoted_if_needed(const std::string& value) {
  return value.find_first_of(":;,") == std::string::npos ? value : "\"" + value + "\"";
}

void put_text(Part& event, const std::string& name, const std::optional<std::string>& text) {
  if (!text) return;
  if (text->empty()) return event.erase(name);
  event.set(Line::make(name, escape_text(*text)));
}

}  // namespace

Line time_line(const std::string& name, const Moment& moment, const std::string& tzid) {
  const std::unique_ptr<char, void (*)(void*)> text(icaltime_as_ical_string_r(moment.wall), icalmemory_free_buffer);
  if (moment.is_date()) return Line::make(name + ";VALUE=DATE", text.get());
  if (moment.zone == nullptr || moment.zone == icaltimezone_get_utc_timezone() || tzid.empty()) {
    return Line::make(name, text.get());
  }
  return Line::make(name + ";TZID=" + quoted_if_needed(tzid), text.get());
}

void put_texts(Part& event, const Details& details) {
  put_text(event, "SUMMARY", details.summary);
  put_text(event, "LOCATION", details.location);
  put_text(event, "DESCRIPTION", details.description);
  put_text(event, "STATUS", details.status);
}

base::Status put_rule(Part& event, const Details& details, bool of_dates) {
  if (!details.recurrence) return base::Done{};
  event.erase("RRULE");
  if (details.recurrence->empty()) return base::Done{};
  if (const auto until = details.recurrence->find("UNTIL="); until != std::string::npos) {
    const auto value = details.recurrence->substr(until + 6, details.recurrence->find(';', until) - until - 6);
    if (value.size() != (of_dates ? 8U : 16U) || (!of_dates && !value.ends_with('Z'))) {
      return base::Error{base::Code::invalid_request,
                         of_dates ? "The recurrence's UNTIL is not a date like 20261231."
                                  : "The recurrence's UNTIL is not in UTC, as 20261231T225959Z.",
                         ""};
    }
  }
  event.add(Line::make("RRULE", *details.recurrence));
  return base::Done{};
}

void put_people(Part& event, const Details& details) {
  if (details.organizer) event.set(Line::make("ORGANIZER", "mailto:" + *details.organizer));
  if (!details.attendees) return;
  std::vector<Line> kept;
  for (const auto& row : event.rows) {
    if (!row.inner && row.line.name() == "ATTENDEE") kept.push_back(row.line);
  }
  event.erase("ATTENDEE");
  for (const auto& address : *details.attendees) {
    const auto known =
        std::ranges::find_if(kept, [&](const Line& line) { return lower(line.value()) == "mailto:" + lower(address); });
    event.add(known != kept.end() ? *known
                                  : Line::make("ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE", "mailto:" + address));
  }
}

}  // namespace x1::calendar
