#include "providers/calendar/events.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace x1::calendar {
namespace {

constexpr std::size_t max_attendees_shown = 200;
constexpr std::size_t attendees_in_a_list = 20;
constexpr std::size_t text_in_a_list = 500;

std::string parameter(icalproperty* property, const char* name) {
  char* text = icalproperty_get_parameter_as_string_r(property, name);
  const std::unique_ptr<char, void (*)(void*)> owned(text, icalmemory_free_buffer);
  return text_of(text);
}

std::string address_of(const char* uri) {
  const auto text = text_of(uri);
  constexpr std::string_view scheme = "mailto:";
  const bool mail =
      text.size() > scheme.size() && std::ranges::equal(scheme, std::string_view(text).substr(0, scheme.size()),
                                                        [](char a, char b) { return a == (b | 0x20) || a == b; });
  return mail ? text.substr(scheme.size()) : text;
}

std::vector<Attendee> attendees_of(icalcomponent* event) {
  std::vector<Attendee> found;
  for (auto* property = icalcomponent_get_first_property(event, ICAL_ATTENDEE_PROPERTY);
       property != nullptr && found.size() < max_attendees_shown;
       property = icalcomponent_get_next_property(event, ICAL_ATTENDEE_PROPERTY)) {
    found.push_back(
        {address_of(icalproperty_get_attendee(property)), parameter(property, "CN"), parameter(property, "PARTSTAT")});
  }
  return found;
}

std::string value_of(icalcomponent* event, icalproperty_kind kind) {
  auto* property = icalcomponent_get_first_property(event, kind);
  if (property == nullptr) return "";
  const std::unique_ptr<char, void (*)(void*)> text(icalproperty_get_value_as_string_r(property),
                                                    icalmemory_free_buffer);
  return text_of(text.get());
}

// Cut between two characters, and said so.
std::string shortened(const std::string& text, Telling telling, std::string_view name, wire::Value::Array& cut) {
  if (telling == Telling::whole || text.size() <= text_in_a_list) return text;
  auto length = text_in_a_list;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U)
    --length;
  cut.emplace_back(name);
  return text.substr(0, length) + "…";
}

wire::Value to_value(const Attendee& attendee) {
  wire::Value::Object object{{"address", attendee.address}};
  if (!attendee.name.empty()) object.emplace("name", attendee.name);
  if (!attendee.status.empty()) object.emplace("status", attendee.status);
  return object;
}

}  // namespace

wire::Value to_value(const Event& event, Telling telling) {
  const Wording& wording = *event.wording;
  wire::Value::Array cut;
  wire::Value::Object object{{"uid", wording.uid},
                             {"href", wording.href},
                             {"etag", wording.etag},
                             {"summary", shortened(wording.summary, telling, "summary", cut)},
                             {"start", event.start_text},
                             {"end", event.end_text},
                             {"all_day", event.start.is_date()},
                             {"recurring", event.recurring}};
  const auto add = [&](std::string_view name, const std::string& text) {
    if (!text.empty()) object.emplace(name, shortened(text, telling, name, cut));
  };
  add("location", wording.location);
  add("description", wording.description);
  add("status", wording.status);
  add("organizer", wording.organizer);
  add("recurrence", wording.rule);
  add("zone", wording.zone);
  add("recurrence_id", event.recurrence_text);
  wire::Value::Array attendees;
  for (const auto& each : wording.attendees) {
    if (telling == Telling::in_a_list && attendees.size() == attendees_in_a_list) {
      cut.emplace_back("attendees");
      break;
    }
    attendees.push_back(to_value(each));
  }
  if (!attendees.empty()) object.emplace("attendees", std::move(attendees));
  if (!cut.empty()) object.emplace("cut", std::move(cut));
  return object;
}

Event describe(const Resource& resource, icalcomponent* calendar, icalcomponent* event, icaltimezone* floating) {
  const auto [start, end] = span_of(calendar, event);
  Wording wording{.uid = text_of(icalcomponent_get_uid(event)),
                  .href = resource.href,
                  .etag = resource.etag,
                  .summary = text_of(icalcomponent_get_summary(event)),
                  .location = text_of(icalcomponent_get_location(event)),
                  .description = text_of(icalcomponent_get_description(event)),
                  .status = value_of(event, ICAL_STATUS_PROPERTY),
                  .organizer = address_of(value_of(event, ICAL_ORGANIZER_PROPERTY).c_str()),
                  .rule = value_of(event, ICAL_RRULE_PROPERTY),
                  .zone = start.zone_name(),
                  .attendees = attendees_of(event)};
  Event found;
  found.start = start;
  found.end = end;
  found.recurrence = moment_of(calendar, event, ICAL_RECURRENCEID_PROPERTY);
  found.starts_at = start.at(floating);
  found.ends_at = end.at(floating);
  found.start_text = start.text();
  found.end_text = end.text();
  if (!icaltime_is_null_time(found.recurrence.wall)) found.recurrence_text = found.recurrence.text();
  found.recurring = !wording.rule.empty() || is_override(event) ||
                    icalcomponent_get_first_property(event, ICAL_RDATE_PROPERTY) != nullptr;
  found.wording = std::make_shared<const Wording>(std::move(wording));
  return found;
}

base::Result<Event> master_event(const Resource& resource) {
  X1_TRY(calendar, parse_calendar(resource.data));
  const auto events = events_of(calendar.get());
  if (events.empty()) return bad_calendar();
  const auto master = std::ranges::find_if_not(events, is_override);
  auto found = describe(resource, calendar.get(), master == events.end() ? events.front() : *master);
  // The moments' zones end with the calendar: their texts stay.
  found.start.zone = found.end.zone = found.recurrence.zone = nullptr;
  return found;
}

}  // namespace x1::calendar
