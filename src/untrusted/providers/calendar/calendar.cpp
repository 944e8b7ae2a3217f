#include "providers/calendar/calendar.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "providers/calendar/events.hpp"
#include "wire/fields.hpp"
#include "wire/json.hpp"

namespace x1::calendar {
namespace {

using provider::Call;
using provider::Failed;
using provider::Finished;
using provider::Reply;
using provider::Wants;

constexpr std::chrono::days max_range{400};
constexpr std::size_t max_events = 2'000;

Reply failed(const base::Error& error) { return Failed{error.code, error.message}; }
Reply failed(base::Code code, std::string message) { return Failed{code, std::move(message)}; }

Reply unexpected_status(int status) {
  if (status == 404) return failed(base::Code::not_found, "There is no such event, or no such calendar.");
  if (status == 401 || status == 403) {
    return failed(base::Code::upstream_error, "The calendar server refused the login or the right to do this.");
  }
  return failed(base::Code::upstream_error, "The calendar server answered with status " + std::to_string(status) + ".");
}

provider::Request report(const Call& call, std::string body) {
  return {wire::Method::report,
          call.connection.path,
          {{"content-type", "application/xml; charset=utf-8"}, {"depth", "1"}},
          std::move(body)};
}

struct Range {
  Seconds start;
  Seconds end;
};

base::Result<Range> range_from(const std::string& start_text, const std::string& end_text) {
  X1_TRY(start, parse_rfc3339(start_text));
  X1_TRY(end, parse_rfc3339(end_text));
  if (end <= start) return base::Error{base::Code::invalid_request, "The end is not after the start.", ""};
  return Range{start, end};
}

Reply list_events(const Call& call) {
  wire::Fields fields(call.arguments, "the arguments");
  const auto start = fields.string("start", 64);
  const auto end = fields.string("end", 64);
  if (const auto read = fields.finish(); !read.ok()) return failed(read.error());
  const auto range = range_from(start, end);
  if (!range.ok()) return failed(range.error());
  if (range->end - range->start > max_range) {
    return failed(base::Code::invalid_request, "A range is at most 400 days long.");
  }
  if (call.answers.empty()) return Wants{{report(call, time_range_query(range->start, range->end))}, ""};
  if (call.answers[0].status != 207) return unexpected_status(call.answers[0].status);
  const auto resources = parse_multistatus(call.answers[0].body);
  if (!resources.ok()) return failed(resources.error());

  std::vector<Event> events;
  std::int64_t unreadable = 0;
  for (const auto& resource : *resources) {
    // One broken event must not hide all the others; that it was left out is said.
    auto found = occurrences(resource, range->start, range->end);
    if (!found.ok()) {
      ++unreadable;
      continue;
    }
    std::ranges::move(*found, std::back_inserter(events));
    if (events.size() > max_events) {
      return failed(base::Code::too_large, "There are more than 2000 events in this range: ask for a shorter one.");
    }
  }
  std::ranges::sort(events, {}, [](const Event& event) { return std::tie(event.start, event.href); });
  wire::Value::Array list;
  for (const auto& event : events)
    list.push_back(to_value(event));
  wire::Value::Object result{{"events", std::move(list)}};
  if (unreadable > 0) result.emplace("unreadable", unreadable);
  return Finished{std::move(result)};
}

// An href that names an object inside the connection's calendar, and no other place.
bool lies_in(const std::string& href, const wire::Url& connection) {
  const auto target = wire::parse_target(href);
  const std::string base = connection.path.ends_with('/') ? connection.path : connection.path + "/";
  return target.ok() && target->query.empty() && href.size() > base.size() && href.starts_with(base);
}

Reply one_event(const Resource& resource) {
  const auto event = master_event(resource);
  if (!event.ok()) return failed(event.error());
  return Finished{wire::Value::Object{{"event", to_value(*event)}, {"icalendar", resource.data}}};
}

Reply get_by_href(const Call& call, const std::string& href) {
  if (!lies_in(href, call.connection)) {
    return failed(base::Code::invalid_request, "The href is not an event of this calendar.");
  }
  if (call.answers.empty()) return Wants{{{wire::Method::get, href, {{"accept", "text/calendar"}}, ""}}, ""};
  const auto& answer = call.answers[0];
  if (answer.status != 200) return unexpected_status(answer.status);
  const auto etag = std::ranges::find(answer.headers, "etag", &wire::Header::name);
  return one_event({href, etag == answer.headers.end() ? "" : etag->value, answer.body});
}

Reply get_by_uid(const Call& call, const std::string& uid) {
  if (call.answers.empty()) return Wants{{report(call, uid_query(uid))}, ""};
  if (call.answers[0].status != 207) return unexpected_status(call.answers[0].status);
  const auto resources = parse_multistatus(call.answers[0].body);
  if (!resources.ok()) return failed(resources.error());
  // A server may match text more loosely than it was asked to.
  for (const auto& resource : *resources) {
    const auto event = master_event(resource);
    if (event.ok() && event->uid == uid) return one_event(resource);
  }
  return failed(base::Code::not_found, "There is no event of that UID.");
}

Reply get_event(const Call& call) {
  wire::Fields fields(call.arguments, "the arguments");
  const auto href = fields.optional_string("href", 2048);
  const auto uid = fields.optional_string("uid", 512);
  if (const auto read = fields.finish(); !read.ok()) return failed(read.error());
  if (href.has_value() == uid.has_value()) {
    return failed(base::Code::invalid_request, "Give either href or uid.");
  }
  return href ? get_by_href(call, *href) : get_by_uid(call, *uid);
}

Reply create_event(const Call& call) {
  wire::Fields fields(call.arguments, "the arguments");
  NewEvent event;
  event.summary = fields.string("summary", 1024);
  const auto start = fields.string("start", 64);
  const auto end = fields.string("end", 64);
  event.location = fields.optional_string("location", 1024).value_or("");
  event.description = fields.optional_string("description", 16 * 1024).value_or("");
  if (const auto read = fields.finish(); !read.ok()) return failed(read.error());
  const auto range = range_from(start, end);
  if (!range.ok()) return failed(range.error());
  event.start = range->start;
  event.end = range->end;
  // The UID is the digest of what was asked for: planned twice it is the same, created twice it is refused.
  event.uid = crypto::to_hex(crypto::sha256(wire::canonical_json(call.arguments))).substr(0, 32);
  const std::string base = call.connection.path.ends_with('/') ? call.connection.path : call.connection.path + "/";
  const std::string href = base + event.uid + ".ics";
  if (call.answers.empty()) {
    return Wants{{{wire::Method::put,
                   href,
                   {{"content-type", "text/calendar; charset=utf-8"}, {"if-none-match", "*"}},
                   to_icalendar(event)}},
                 ""};
  }
  const auto& answer = call.answers[0];
  if (answer.status == 412) return failed(base::Code::conflict, "An event with the same details exists already.");
  if (answer.status != 201 && answer.status != 204 && answer.status != 200) return unexpected_status(answer.status);
  wire::Value::Object result{{"uid", event.uid}, {"href", href}};
  const auto etag = std::ranges::find(answer.headers, "etag", &wire::Header::name);
  if (etag != answer.headers.end()) result.emplace("etag", etag->value);
  return Finished{std::move(result)};
}

}  // namespace

Reply handle(const Call& call) {
  if (call.tool == "calendar_list_events") return list_events(call);
  if (call.tool == "calendar_get_event") return get_event(call);
  if (call.tool == "calendar_create_event") return create_event(call);
  return failed(base::Code::not_found, "This provider has no such tool.");
}

}  // namespace x1::calendar
