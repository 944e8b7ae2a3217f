#include "providers/calendar/replies.hpp"

#include <algorithm>
#include <optional>

#include "providers/calendar/events.hpp"

namespace x1::calendar {

using base::Code;
using base::Error;
using provider::Answer;
using provider::Call;
using provider::Failed;
using provider::Reply;

namespace {

Error status_error(int status) {
  if (status == 404) return Error{Code::not_found, "There is no such event, or no such calendar.", ""};
  if (status == 401 || status == 403) {
    return Error{Code::upstream_error, "The calendar server refused the login or the right to do this.", ""};
  }
  if (status == 412) {
    return Error{Code::conflict, "The event was changed meanwhile, and nothing was done.", ""};
  }
  return Error{Code::upstream_error, "The calendar server answered with status " + std::to_string(status) + ".", ""};
}

}  // namespace

Reply failed(const Error& error) { return Failed{error.code, error.message}; }
Reply failed(Code code, std::string message) { return Failed{code, std::move(message)}; }
Reply unexpected_status(int status) { return failed(status_error(status)); }

provider::Request report(const Call& call, std::string body) {
  return {wire::Method::report,
          call.connection.path,
          {{"content-type", "application/xml; charset=utf-8"}, {"depth", "1"}},
          std::move(body)};
}

std::string base_of(const Call& call) {
  return call.connection.path.ends_with('/') ? call.connection.path : call.connection.path + "/";
}

bool lies_in(const std::string& href, const wire::Url& connection) {
  const auto target = wire::parse_target(href);
  const std::string base = connection.path.ends_with('/') ? connection.path : connection.path + "/";
  return target.ok() && target->query.empty() && href.size() > base.size() && href.starts_with(base);
}

std::string header_of(const Answer& answer, std::string_view name) {
  const auto found = std::ranges::find(answer.headers, name, &wire::Header::name);
  return found == answer.headers.end() ? "" : found->value;
}

base::Result<Named> check_named(const std::optional<std::string>& href, const std::optional<std::string>& uid,
                                const wire::Url& connection) {
  if (href.has_value() == uid.has_value()) return Error{Code::invalid_request, "Give either href or uid.", ""};
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (uid && std::ranges::any_of(*uid, is_control)) {
    return Error{Code::invalid_request, "A uid has no control characters.", ""};  // nor has XML, in any spelling
  }
  if (href && !lies_in(*href, connection)) {
    return Error{Code::invalid_request, "The href is not an event of this calendar.", ""};
  }
  return Named{href.value_or(""), uid.value_or("")};
}

provider::Request request_for(const Call& call, const Named& named) {
  if (named.href.empty()) return report(call, uid_query(named.uid));
  return {wire::Method::get, named.href, {{"accept", "text/calendar"}}, ""};
}

base::Result<Resource> resource_from(const Answer& answer, const Named& named) {
  if (!named.href.empty()) {
    if (answer.status != 200) return status_error(answer.status);
    return Resource{named.href, header_of(answer, "etag"), answer.body};
  }
  if (answer.status != 207) return status_error(answer.status);
  X1_TRY(resources, parse_multistatus(answer.body));
  // A server may match text more loosely than it was asked to.
  for (auto& resource : resources) {
    const auto event = master_event(resource);
    if (event.ok() && event->wording->uid == named.uid) return std::move(resource);
  }
  return Error{Code::not_found, "There is no event of that UID.", ""};
}

}  // namespace x1::calendar
