#include "broker/event_log.hpp"

#include "wire/jws.hpp"

namespace x1::broker {

base::Result<EventLog> EventLog::open(const std::string& path, base::SessionId session, const crypto::SigningKey& key,
                                      const base::Clock& clock) {
  std::uint64_t lines = 0;
  const auto count = [&](std::string_view) -> base::Status {
    ++lines;
    return base::Done{};
  };
  X1_TRY(file, LineFile::open(path, count));
  return EventLog(std::move(file), std::move(session), key, clock, lines);
}

base::Status EventLog::add(NewEvent event, const Turn* turn) {
  if (event.type.starts_with("agent.") && file_.size() > max_agent_bytes) {
    return base::Error{base::Code::too_many, "The agent has said more than a session keeps.", "Start a new session."};
  }
  const wire::Value payload = wire::Value::Object{
      {"session", session_.text()},
      {"seq", static_cast<std::int64_t>(last_ + 1)},
      {"time", base::format_time(clock_->now())},
      {"type", std::move(event.type)},
      {"actor", turn == nullptr ? std::string() : turn->certificate.actor.text()},
      {"turn", turn == nullptr ? std::int64_t{0} : static_cast<std::int64_t>(number_of(*turn))},
      {"payload", std::move(event.payload)},
  };
  const auto token = wire::sign_jws(wire::TokenType::event, payload, *key_);
  if (token.size() > max_event_bytes) return base::Error{base::Code::too_large, "The event is too large.", ""};
  file_.add(token);
  ++last_;
  return base::Done{};
}

}  // namespace x1::broker
