// Gate: what clients are told unasked. A stream belongs to the turn that it was begun in, as every connection does:
// what is decided in one person's turn is not told in another's.
#include <algorithm>

#include "gate/answer.hpp"
#include "gate/gate.hpp"
#include "wire/sse.hpp"

namespace x1::gate {
namespace {

using base::Code;

// Clients take five minutes of silence for the end.
constexpr std::chrono::seconds listener_sign_every{30};

std::string as_event(std::string message) {
  return wire::chunk(wire::serialise(wire::ServerSentEvent{.id = {}, .event = "message", .data = std::move(message)}));
}

}  // namespace

void Gate::act(const Shared& connection, const McpListen& listen) {
  if (sessions_.find(listen.session) == nullptr) {
    const bool none = listen.session.empty();
    const base::Error why{none ? Code::invalid_request : Code::not_found, "There is no such MCP session.",
                          "initialize first"};
    return act(connection, Refused{.status = none ? 400 : 404, .why = why, .allow = {}});
  }
  // It was asked for before this turn, and is none of it.
  if (connection->turn() != turn_) return connection->cut();
  // A client that begins again has given up the stream that it had.
  cut_listener(listen.session);
  if (listeners_.size() >= max_listeners) {
    const base::Error why{Code::too_many, "Eight clients listen already.", "close one of them"};
    return act(connection, Refused{.status = 429, .why = why, .allow = {}});
  }
  listeners_.push_back({connection, listen.session, std::chrono::steady_clock::now()});
  connection->begin_stream(wire::event_stream_head({}));
}

void Gate::obey(const seam::gate::PersonAsked& asked) {
  const auto event = as_event(mcp::announcement(asked.ticket, asked.scope_title));
  for (const auto& listener : std::vector(listeners_)) {
    const auto* session = sessions_.find(listener.session);
    if (session != nullptr && session->may_elicit) tell_listener(listener.connection, event);
  }
}

void Gate::obey(const seam::gate::PersonDecided& decided) {
  const auto notice = as_event(mcp::decision_notice(decided.ticket, decided.status));
  const auto over = as_event(mcp::announcement_over(decided.ticket));
  for (const auto& listener : std::vector(listeners_)) {
    const auto* session = sessions_.find(listener.session);
    if (session == nullptr) continue;
    if (session->wants_notices) tell_listener(listener.connection, notice);
    if (session->may_elicit) tell_listener(listener.connection, over);
  }
}

// Who does not read what they asked for loses the stream, and not our memory: how it stands, a ticket tells.
void Gate::tell_listener(const Shared& connection, const std::string& event) {
  if (connection->queued_bytes() + event.size() > max_listener_bytes) return connection->cut();
  const auto told = std::ranges::find(listeners_, connection, &Listener::connection);
  if (told != listeners_.end()) told->heard = std::chrono::steady_clock::now();
  connection->push(event);
}

void Gate::cut_listener(std::string_view session) {
  const auto found = std::ranges::find(listeners_, session, &Listener::session);
  if (found == listeners_.end()) return;
  const Shared connection = found->connection;
  connection->cut();
}

void Gate::cut_listeners_of_other_turns() {
  for (const auto& listener : std::vector(listeners_))
    if (listener.connection->turn() != turn_) listener.connection->cut();
}

void Gate::keep_listeners(Instant now) {
  for (const auto& listener : std::vector(listeners_))
    if (now >= listener.heard + listener_sign_every) tell_listener(listener.connection, wire::chunk(": here\n\n"));
}

}  // namespace x1::gate
