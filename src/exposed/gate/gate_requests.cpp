// Gate: what clients ask.
#include <algorithm>

#include "gate/answer.hpp"
#include "gate/gate.hpp"
#include "wire/json.hpp"
#include "wire/sse.hpp"

namespace x1::gate {
namespace {

using base::Code;
using wire::Value;

constexpr int method_not_found = -32601;
constexpr int invalid_request = -32600;
constexpr int server_error = -32000;

std::string rpc(int status, std::string text, std::vector<wire::Header> headers = {}) {
  return json_answer(status, std::move(text), true, std::move(headers));
}

}  // namespace

void Gate::on_request(const Shared& connection, wire::HttpRequest request) {
  auto asked = route(request, place_);
  if (const auto* post = std::get_if<McpPost>(&asked)) return act_mcp(connection, *post, request.body);
  std::visit(
      [&]<class Kind>(Kind& kind) {
        if constexpr (!std::is_same_v<Kind, McpPost>) act(connection, std::move(kind));
      },
      asked);
}

void Gate::act(const Shared& connection, const Health&) {
  const Value said(Value::Object{{"status", Value("ok")}, {"turn", Value(static_cast<std::int64_t>(turn_))}});
  connection->reply(json_answer(200, wire::canonical_json(said), true), true);
}

void Gate::act(const Shared& connection, const Refused& refused) { connection->reply(refusal(refused, true), true); }

void Gate::act(const Shared& connection, const FollowTurns&) {
  if (followers_.size() >= max_followers) {
    const base::Error why{Code::too_many, "Four programs follow the turns already.", "close one of them"};
    return act(connection, Refused{.status = 429, .why = why, .allow = {}});
  }
  followers_.push_back(connection);
  connection->begin_stream(wire::event_stream_head({}));
  if (turn_ == 0) return;
  const Value data(Value::Object{{"turn", Value(static_cast<std::int64_t>(turn_))}, {"message", Value(message_)}});
  connection->push(wire::chunk(
      wire::serialise(wire::ServerSentEvent{.id = {}, .event = "turn.opened", .data = wire::canonical_json(data)})));
}

void Gate::act(const Shared& connection, TurnOutput output) {
  accept_for_turn(connection, output.turn, seam::gate::AgentOutput{output.turn, std::move(output.text)});
}

void Gate::act(const Shared& connection, TurnDone done) {
  accept_for_turn(connection, done.turn, seam::gate::AgentDone{done.turn, std::move(done.outcome)});
}

void Gate::accept_for_turn(const Shared& connection, std::uint64_t turn, seam::gate::ToBroker message) {
  if (turn != turn_ || turn != connection->turn()) {
    const base::Error why{Code::no_active_turn, "That turn is not open.", "follow /turns to learn which one is"};
    return act(connection, Refused{.status = 409, .why = why, .allow = {}});
  }
  if (!tell_broker(std::move(message)).ok()) {
    const base::Error why{Code::too_many, "Too much is waiting to be taken.", "try again later"};
    return act(connection, Refused{.status = 503, .why = why, .allow = {}});
  }
  connection->reply(empty_answer(202, true), true);
}

void Gate::act(const Shared& connection, const McpEnd& end) {
  if (sessions_.end(end.session)) {
    cut_listener(end.session);
    return connection->reply(empty_answer(204, true), true);
  }
  act(connection, Refused{.status = 404, .why = {Code::not_found, "There is no such MCP session.", ""}, .allow = {}});
}

void Gate::act_mcp(const Shared& connection, const McpPost& post, std::string_view body) {
  auto message = mcp::read(body);
  if (const auto* bad = std::get_if<mcp::Malformed>(&message)) {
    return connection->reply(rpc(400, mcp::error_answer(bad->id, bad->code, bad->message)), true);
  }
  if (const auto* start = std::get_if<mcp::Initialize>(&message)) {
    auto id = new_session_id();
    sessions_.begin({.id = id, .may_elicit = start->may_elicit});
    return connection->reply(rpc(200, mcp::initialize_answer(*start), {{"mcp-session-id", std::move(id)}}), true);
  }
  auto* session = sessions_.find(post.session);
  if (session == nullptr) {
    const bool none = post.session.empty();
    const auto* why = none ? "The Mcp-Session-Id that initialize was answered with is missing."
                           : "There is no such MCP session; initialize again.";
    return connection->reply(rpc(none ? 400 : 404, mcp::error_answer("null", invalid_request, why)), true);
  }
  if (auto* call = std::get_if<mcp::CallTool>(&message)) return hold(connection, post, std::move(*call));
  if (const auto* list = std::get_if<mcp::ListTools>(&message)) {
    return connection->reply(rpc(200, mcp::tools_answer(list->id, tools_)), true);
  }
  if (const auto* ping = std::get_if<mcp::Ping>(&message)) {
    return connection->reply(rpc(200, mcp::empty_answer(ping->id)), true);
  }
  if (const auto* level = std::get_if<mcp::SetLevel>(&message)) {
    session->wants_notices = level->wants_notices;
    return connection->reply(rpc(200, mcp::empty_answer(level->id)), true);
  }
  if (const auto* unknown = std::get_if<mcp::UnknownMethod>(&message)) {
    const auto text = mcp::error_answer(unknown->id, method_not_found, "There is no such method.");
    return connection->reply(rpc(200, text), true);
  }
  if (const auto* cancelled = std::get_if<mcp::Cancelled>(&message)) cancel(post, *cancelled);
  connection->reply(empty_answer(202, true), true);
}

void Gate::hold(const Shared& connection, const McpPost& post, mcp::CallTool call) {
  const auto number = last_call_ + 1;
  const auto sent =
      tell_broker(seam::gate::AgentCall{number, connection->turn(), std::move(call.tool), std::move(call.arguments)});
  if (!sent.ok()) {
    const base::Error why{Code::too_many, "Too many calls are waiting.", "try again later"};
    return connection->reply(rpc(200, mcp::refusal_answer(call.id, why, Value())), true);
  }
  last_call_ = number;  // the broker counts with us: one that it never saw has no number
  calls_.emplace(number, HeldCall{.connection = connection,
                                  .session = post.session,
                                  .id = std::move(call.id),
                                  .progress_token = std::move(call.progress_token),
                                  .may_stream = post.may_stream,
                                  .since = std::chrono::steady_clock::now()});
}

// The protocol asks that a cancelled request be left unanswered, but HTTP needs an end: the client ignores what it
// says.
void Gate::cancel(const McpPost& post, const mcp::Cancelled& cancelled) {
  const auto found = find_call(calls_, post.session, cancelled.id);
  if (found == calls_.end()) return;
  const auto number = found->first;
  const auto call = std::move(found->second);
  calls_.erase(found);
  if (!tell_broker(seam::gate::AgentGone{number}).ok()) return on_end_();
  if (call.signs_of_life > 0) return call.connection->reply(wire::chunk({}), true);
  const auto text = mcp::error_answer(call.id, server_error, "The client cancelled this request.");
  call.connection->reply(rpc(200, text), true);
}

}  // namespace x1::gate
