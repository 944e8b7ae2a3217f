#include "providers/calendar/calendar.hpp"

#include <algorithm>
#include <optional>

#include "providers/calendar/events.hpp"
#include "providers/calendar/replies.hpp"
#include "providers/calendar/zones.hpp"
#include "wire/fields.hpp"
#include "wire/json.hpp"

namespace x1::calendar {
namespace {

using provider::Call;
using provider::Finished;
using provider::Reply;
using provider::Wants;

constexpr std::chrono::days max_range{400};
constexpr std::size_t max_events = 2'000;
constexpr std::size_t max_bytes = 3 << 20;

struct Range {
  Seconds start;
  Seconds end;
};

base::Result<Range> range_from(const std::string& start_text, const std::string& end_text) {
  X1_TRY(start, parse_rfc3339(start_text));
  X1_TRY(end, parse_rfc3339(end_text));
  if (end <= start) return base::Error{base::Code::invalid_request, "The end is not after the start.", ""};
  if (end - start > max_range) {
    return base::Error{base::Code::invalid_request, "A range is at most 400 days long.", ""};
  }
  return Range{start, end};
}

// The earliest events of all that are added, in order; it never holds many more than it will tell.
class Agenda {
 public:
  void add(std::vector<Event> events) {
    std::ranges::move(events, std::back_inserter(events_));
    if (events_.size() > 4 * max_events) cut();
  }
  wire::Value::Object take() {
    cut();
    wire::Value::Array list;
    std::size_t bytes = 0;
    for (const auto& event : events_) {
      auto value = to_value(event, Telling::in_a_list);
      bytes += wire::canonical_json(value).size();
      if (bytes > max_bytes) {
        truncated_ = true;
        break;
      }
      list.push_back(std::move(value));
    }
    wire::Value::Object result{{"events", std::move(list)}};
    if (truncated_) {
      result.emplace("truncated", "There are more events than these in this range: ask for a shorter one.");
    }
    return result;
  }

 private:
  void cut() {
    std::ranges::sort(events_, {}, [](const Event& event) { return std::tie(event.starts_at, event.wording->href); });
    if (events_.size() <= max_events) return;
    events_.resize(max_events);
    truncated_ = true;
  }
  std::vector<Event> events_;
  bool truncated_ = false;
};

Reply list_events(const Call& call) {
  wire::Fields fields(call.arguments, "the arguments");
  const auto start = fields.string("start", 64);
  const auto end = fields.string("end", 64);
  const auto zone = fields.optional_string("zone", 64);
  if (const auto read = fields.finish(); !read.ok()) return failed(read.error());
  const auto range = range_from(start, end);
  if (!range.ok()) return failed(range.error());
  icaltimezone* floating = nullptr;
  if (zone && *zone != "UTC") {
    const auto named = zone_of(*zone);
    if (!named.ok()) return failed(named.error());
    floating = *named;
  }
  // The server takes dates and floating times for UTC: a day to each side holds what is meant in another zone.
  const auto slack = floating == nullptr ? std::chrono::days(0) : std::chrono::days(1);
  if (call.answers.empty()) {
    return Wants{{report(call, time_range_query(range->start - slack, range->end + slack))}, ""};
  }
  if (call.answers[0].status != 207) return unexpected_status(call.answers[0].status);
  const auto resources = parse_multistatus(call.answers[0].body);
  if (!resources.ok()) return failed(resources.error());

  Agenda agenda;
  Expansion expansion(range->start, range->end, floating);
  std::int64_t unreadable = 0;
  for (const auto& resource : *resources) {
    // One broken event must not hide all the others; that it was left out is said.
    auto found = expansion.of(resource);
    if (!found.ok()) {
      ++unreadable;
      continue;
    }
    agenda.add(std::move(*found));
  }
  auto result = agenda.take();
  if (unreadable > 0) result.emplace("unreadable", unreadable);
  return Finished{std::move(result)};
}

Reply get_event(const Call& call) {
  wire::Fields fields(call.arguments, "the arguments");
  const auto href = fields.optional_string("href", 2048);
  const auto uid = fields.optional_string("uid", 512);
  if (const auto read = fields.finish(); !read.ok()) return failed(read.error());
  const auto named = check_named(href, uid, call.connection);
  if (!named.ok()) return failed(named.error());
  if (call.answers.empty()) return Wants{{request_for(call, *named)}, ""};
  const auto resource = resource_from(call.answers[0], *named);
  if (!resource.ok()) return failed(resource.error());
  const auto event = master_event(*resource);
  if (!event.ok()) return failed(event.error());
  return Finished{wire::Value::Object{{"event", to_value(*event)}, {"icalendar", resource->data}}};
}

}  // namespace

Reply handle(const Call& call) {
  if (call.tool == "calendar_list_events") return list_events(call);
  if (call.tool == "calendar_get_event") return get_event(call);
  if (call.tool == "calendar_create_event") return create_event(call);
  if (call.tool == "calendar_update_event") return update_event(call);
  if (call.tool == "calendar_delete_occurrence") return delete_occurrence(call);
  if (call.tool == "calendar_delete_event") return delete_event(call);
  return failed(base::Code::not_found, "This provider has no such tool.");
}

}  // namespace x1::calendar
