// The tools that change something. Each ends in one request that the person sees before it is sent. To change or delete
// an event it is read first, so that the request can name the version that it is about (If-Match): the state of a call
// says how far it is, "read" once the event was asked for, then the href of the request that changes it.
#include <optional>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "providers/calendar/calendar.hpp"
#include "providers/calendar/change.hpp"
#include "providers/calendar/events.hpp"
#include "providers/calendar/replies.hpp"
#include "wire/fields.hpp"
#include "wire/json.hpp"

namespace x1::calendar {
namespace {

using base::Code;
using base::Error;
using provider::Answer;
using provider::Call;
using provider::Finished;
using provider::Reply;
using provider::Request;
using provider::Wants;

constexpr std::string_view reading = "read";

Reply finished(const std::string& href, const Answer& answer) {
  wire::Value::Object result{{"href", href}};
  if (const auto etag = header_of(answer, "etag"); !etag.empty()) result.emplace("etag", etag);
  return Finished{std::move(result)};
}

bool is_done(int status) { return status == 200 || status == 201 || status == 204; }

// Which event is meant, and which version of it.
struct Meant {
  Named named;
  std::optional<std::string> etag;
};

struct Members {
  std::optional<std::string> href;
  std::optional<std::string> uid;
  std::optional<std::string> etag;
};
Members read_members(wire::Fields& fields) {
  return {fields.optional_string("href", 2048), fields.optional_string("uid", 512),
          fields.optional_string("etag", 512)};
}
base::Result<Meant> meant_by(const Members& members, const wire::Fields& fields, const Call& call) {
  X1_TRY(read, fields.finish());
  static_cast<void>(read);
  X1_TRY(named, check_named(members.href, members.uid, call.connection));
  return Meant{std::move(named), members.etag};
}

// The event as it stands, if it is the version that is meant, and one that can be changed.
base::Result<Resource> current(const Call& call, const Meant& meant) {
  if (call.answers.size() != 1) return Error{Code::provider_error, "There is not one answer.", ""};
  X1_TRY(resource, resource_from(call.answers[0], meant.named));
  if (resource.etag.empty()) {
    return Error{Code::upstream_error, "The calendar server names no version of the event.", ""};
  }
  if (meant.etag && *meant.etag != resource.etag) {
    return Error{Code::conflict, "The event was changed since the version of this etag: read it again.", ""};
  }
  if (!lies_in(resource.href, call.connection) || !resource.href.ends_with(".ics")) {
    return Error{Code::unsupported, "The event does not stand right in this calendar, as NAME.ics.", ""};
  }
  return resource;
}

// One call in its three rounds. `plan`: Resource → Result<Request>, the request but for its If-Match.
template <class Plan>
Reply change(const Call& call, const Meant& meant, Plan plan) {
  if (call.state.empty()) return Wants{{request_for(call, meant.named)}, std::string(reading)};
  if (call.state == reading) {
    const auto resource = current(call, meant);
    if (!resource.ok()) return failed(resource.error());
    base::Result<Request> request = plan(*resource);
    if (!request.ok()) return failed(request.error());
    request->headers.push_back({"if-match", resource->etag});
    const auto href = request->target;
    return Wants{{std::move(*request)}, href};
  }
  if (call.answers.size() != 1) return failed(Code::provider_error, "There is not one answer.");
  const auto& answer = call.answers[0];
  if (answer.status == 412) {
    return failed(Code::conflict, "The event was changed meanwhile, and nothing was done: read it and ask again.");
  }
  return is_done(answer.status) ? finished(call.state, answer) : unexpected_status(answer.status);
}

Request put_of(const std::string& href, std::string body) {
  return {wire::Method::put, href, {{"content-type", "text/calendar; charset=utf-8"}}, std::move(body)};
}

}  // namespace

Reply create_event(const Call& call) {
  wire::Fields fields(call.arguments, "the arguments");
  const auto details = read_details(fields);
  if (!details.ok()) return failed(details.error());
  if (const auto read = fields.finish(); !read.ok()) return failed(read.error());
  if (details->summary.value_or("").empty() || !details->start || !details->end) {
    return failed(Code::invalid_request, "A new event needs a summary, a start and an end.");
  }
  // The UID is the digest of what was asked for: planned twice it is the same, created twice it is refused.
  const auto uid = crypto::to_hex(crypto::sha256(wire::canonical_json(call.arguments))).substr(0, 32);
  const auto href = base_of(call) + uid + ".ics";
  if (call.answers.empty()) {
    auto text = new_object(uid, *details);
    if (!text.ok()) return failed(text.error());
    auto put = put_of(href, std::move(*text));
    put.headers.push_back({"if-none-match", "*"});
    return Wants{{std::move(put)}, ""};
  }
  const auto& answer = call.answers[0];
  if (answer.status == 412) return failed(Code::conflict, "An event with the same details exists already.");
  if (!is_done(answer.status)) return unexpected_status(answer.status);
  auto reply = finished(href, answer);
  std::get<Finished>(reply).result.object()->emplace("uid", uid);
  return reply;
}

Reply update_event(const Call& call) {
  wire::Fields fields(call.arguments, "the arguments");
  const auto members = read_members(fields);
  const auto occurrence = fields.optional_string("occurrence", 64);
  const auto details = read_details(fields);
  if (!details.ok()) return failed(details.error());
  const auto meant = meant_by(members, fields, call);
  if (!meant.ok()) return failed(meant.error());
  if (details->empty()) return failed(Code::invalid_request, "Nothing is to be changed.");
  return change(call, *meant, [&](const Resource& resource) -> base::Result<Request> {
    std::optional<When> when;
    if (occurrence) {
      X1_TRY(parsed, parse_when(*occurrence));
      when = parsed;
    }
    X1_TRY(text, changed_object(resource, *details, when));
    return put_of(resource.href, std::move(text));
  });
}

Reply delete_occurrence(const Call& call) {
  wire::Fields fields(call.arguments, "the arguments");
  const auto members = read_members(fields);
  const auto occurrence = fields.string("occurrence", 64);
  const auto meant = meant_by(members, fields, call);
  if (!meant.ok()) return failed(meant.error());
  return change(call, *meant, [&](const Resource& resource) -> base::Result<Request> {
    X1_TRY(when, parse_when(occurrence));
    X1_TRY(text, without_occurrence(resource, when));
    return put_of(resource.href, std::move(text));
  });
}

Reply delete_event(const Call& call) {
  wire::Fields fields(call.arguments, "the arguments");
  const auto members = read_members(fields);
  const auto summary = fields.string("summary", 1024);
  const auto meant = meant_by(members, fields, call);
  if (!meant.ok()) return failed(meant.error());
  return change(call, *meant, [&](const Resource& resource) -> base::Result<Request> {
    X1_TRY(event, master_event(resource));
    // A DELETE shows the person nothing but a path: what they read beside it must at least be true.
    if (event.wording->summary != summary) {
      return Error{Code::conflict, "The event of that place has another summary: read it again.", ""};
    }
    return Request{wire::Method::delete_, resource.href, {}, ""};
  });
}

}  // namespace x1::calendar
