#include "api/front_desk.hpp"

#include "api/access.hpp"
#include "api/logins.hpp"

namespace x1::api {

void FrontDesk::took(seam::edge::FromEdge message) {
  if (const auto* request = std::get_if<seam::edge::Request>(&message)) return handle(*request);
  if (const auto* more = std::get_if<seam::edge::StreamMore>(&message)) return streams_.more(more->id);
  streams_.closed(std::get<seam::edge::Gone>(message).id);
}

void FrontDesk::handle(const seam::edge::Request& request) {
  const auto* operation = seam::find_operation(request.operation);
  if (operation == nullptr) return reply(request.id, 0, not_found("operation"));
  if (auto checked = seam::check(*operation, request.parameters, request.body); !checked.ok()) {
    return reply(request.id, 0, std::move(checked).error());
  }
  dispatch(*operation, request);
}

void FrontDesk::dispatch(const seam::Operation& operation, const seam::edge::Request& request) {
  const Arguments arguments(request);
  auto then = [this, id = request.id, success = operation.success](base::Result<Response> response) {
    reply(id, success, std::move(response));
  };
  const auto* endpoint = find_endpoint(operation.id);
  if (operation.access == seam::Access::anyone) {
    X1_CHECK(endpoint != nullptr && endpoint->anyone);
    return endpoint->anyone(arguments, services_, std::move(then));
  }
  auto caller = authenticate(services_, request.token);
  if (!caller.ok()) return then(std::move(caller).error());
  if (operation.access == seam::Access::owner && !caller->owner) {
    return then(base::Error{base::Code::forbidden, "This is for the owner of the platform.", "ask them"});
  }
  if (operation.stream) return open_stream(*caller, request);
  X1_CHECK(endpoint != nullptr && endpoint->person);
  endpoint->person(*caller, arguments, services_, std::move(then));
}

void FrontDesk::open_stream(const Caller& caller, const seam::edge::Request& request) {
  auto session = session_for(services_, caller, Arguments(request).id<SessionId>("session"), Role::viewer);
  if (!session.ok()) return reply(request.id, 0, std::move(session).error());
  auto opened = streams_.open(request.id, session->id, caller, request.last_event);
  if (!opened.ok()) reply(request.id, 0, std::move(opened).error());
}

void FrontDesk::reply(std::uint64_t id, std::uint16_t success, base::Result<Response> response) {
  if (response.ok()) return send_(seam::edge::Reply{id, success, response->headers, response->body});
  const auto& error = response.error();
  seam::edge::Reply refusal{id, seam::status_of(error.code), {}, seam::error_body(error)};
  if (error.code == base::Code::too_many) refusal.headers.push_back({"retry-after", "30"});
  send_(std::move(refusal));
}

}  // namespace x1::api
