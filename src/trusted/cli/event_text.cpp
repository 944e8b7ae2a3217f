#include "cli/event_text.hpp"

#include "policy/dialog.hpp"
#include "wire/json.hpp"

namespace x1::cli {
namespace {

std::string member(const Event& event, std::string_view name) {
  const auto* text = event.payload.find_string(name);
  return text == nullptr ? std::string() : policy::visible(*text);
}

std::string raw(const Event& event, std::string_view name) {
  const auto* text = event.payload.find_string(name);
  return text == nullptr ? std::string() : *text;
}

std::string ours(std::string_view words) { return "x1 · " + std::string(words) + "\n"; }

std::string of_agent(const Event& event) {
  if (event.type == "agent.output") return framed("agent │ ", raw(event, "text"));
  if (event.type == "agent.status") return framed("agent · ", raw(event, "text"));
  if (event.type == "agent.question") {
    return framed("agent asks │ ", raw(event, "text")) + ours("answer it with `/answer " + member(event, "id") + " …`");
  }
  if (event.type == "agent.question_over") return ours("the agent does not wait for an answer to that any more");
  if (event.type == "agent.artifact") {
    return ours("the agent made " + member(event, "name") + " (" + member(event, "media_type") + "):") +
           framed("agent │ ", raw(event, "text"));
  }
  if (event.type == "agent.exited") {
    const auto* status = event.payload.find_integer("status");
    return ours("the agent ended with status " + std::to_string(status == nullptr ? -1 : *status));
  }
  return "";
}

std::string of_consent(const Event& event) {
  if (event.type == "consent.asked") {
    const auto* challenge = event.payload.find("challenge");
    const auto* id = challenge == nullptr ? nullptr : challenge->find_string("id");
    return ours("the agent asks for permission (" + (id == nullptr ? std::string("?") : policy::visible(*id)) + ")");
  }
  if (event.type == "consent.granted") return ours("allowed: " + member(event, "lifetime"));
  if (event.type == "consent.denied") {
    if (event.payload.find("use_connection") == nullptr) return ours("not allowed");
    const auto* account = event.payload.find_string("use_connection");
    return ours("asked anew about " + (account == nullptr ? "another account of theirs" : policy::visible(*account)));
  }
  if (event.type == "consent.barred") return ours("the like of it is not asked again in this session");
  if (event.type == "consent.lifted") return ours("it may be asked again");
  return "";
}

std::string of_platform(const Event& event) {
  const auto turn = "turn " + std::to_string(event.turn);
  if (event.type == "session.started") return ours("the session has started");
  if (event.type == "session.killed") return ours("somebody killed the session");
  if (event.type == "session.ended") return ours("the session has ended: " + member(event, "reason"));
  if (event.type == "session.sidecar_lost") {
    return ours(member(event, "part") + " ended; the session's sidecar is started again under its agent");
  }
  if (event.type == "session.provider_lost") {
    return ours(member(event, "part") + " ended; the provider " + member(event, "provider") + " is started again");
  }
  if (event.type == "turn.opened") return ours(turn + " is open");
  if (event.type == "turn.closed") return ours(turn + " is over: " + member(event, "outcome"));
  if (event.type == "event.refused") {
    return ours("the API did not believe an event of this session's broker: " + member(event, "code"));
  }
  if (event.type == "grant.revoked") return ours("a permission was taken back");
  if (event.type == "call.started") return ours("the agent calls " + member(event, "tool"));
  if (event.type == "provider.refused") {
    return ours("REFUSED: the provider " + member(event, "provider") + " asked for something else than it planned (" +
                member(event, "tool") + "); nothing of it was sent. It had planned:") +
           framed("planned │ ", raw(event, "planned")) + ours("and it asked for:") +
           framed("asked │ ", raw(event, "wanted"));
  }
  if (event.type == "call.finished") return ours(member(event, "tool") + ": " + member(event, "outcome"));
  return "";
}

}  // namespace

std::string framed(std::string_view frame, std::string_view text) {
  const auto safe = policy::visible_lines(text);
  std::string out;
  std::size_t begin = 0;
  while (begin < safe.size()) {
    const auto end = std::min(safe.find('\n', begin), safe.size());
    out.append(frame).append(safe, begin, end - begin).append("\n");
    begin = end + 1;
  }
  return out;
}

std::string to_text(const Event& event) {
  if (event.type.starts_with("agent.")) return of_agent(event);
  if (event.type.starts_with("consent.")) return of_consent(event);
  return of_platform(event);
}

std::string to_json_line(const Event& event) {
  return wire::canonical_json(wire::Value::Object{{"number", static_cast<std::int64_t>(event.number)},
                                                  {"session", event.session},
                                                  {"time", event.time},
                                                  {"type", event.type},
                                                  {"actor", event.actor},
                                                  {"turn", static_cast<std::int64_t>(event.turn)},
                                                  {"payload", event.payload}}) +
         "\n";
}

}  // namespace x1::cli
