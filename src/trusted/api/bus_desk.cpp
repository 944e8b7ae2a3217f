#include "api/bus_desk.hpp"

#include "api/audit_intake.hpp"
#include "api/event_intake.hpp"

namespace x1::api {
namespace {

constexpr std::string_view prefix = "x1.api.session.";

struct Subject {
  SessionId session;
  std::string_view what;
};

std::optional<Subject> read_subject(std::string_view subject) {
  if (!subject.starts_with(prefix)) return std::nullopt;
  subject.remove_prefix(prefix.size());
  const auto dot = subject.find('.');
  auto session = SessionId::parse(subject.substr(0, dot));
  if (dot == std::string_view::npos || !session.ok()) return std::nullopt;
  return Subject{std::move(session).value(), subject.substr(dot + 1)};
}

// A caller chooses its reply subject freely; one that points elsewhere would make us speak to others in our own name.
bool is_own_inbox(const SessionId& session, std::string_view reply) {
  return reply.starts_with("_INBOX." + session.text() + ".") && reply.size() <= 256;
}

}  // namespace

void BusDesk::answer(const std::string& reply, base::Result<std::string> result) {
  if (result.ok()) return answer_(reply, std::move(result).value());
  answer_(reply, "error " + std::string(base::to_string(result.error().code)) + " " + result.error().message);
}

void BusDesk::took(std::string_view text, const std::string& reply, std::string_view payload) {
  const auto subject = read_subject(text);
  if (!subject || !is_own_inbox(subject->session, reply)) return;
  if (subject->what == "event") return answer(reply, take_events(services_, subject->session, payload));
  if (subject->what == "audit") return answer(reply, take_audit(services_, subject->session, payload));
  if (subject->what == "renew") return answer(reply, renew(subject->session, payload));
  if (subject->what != "turn") return;
  if (auto asked = ask_turn(subject->session, reply, payload); !asked.ok()) {
    answer(reply, std::move(asked).error());
  }
}

// Not renewing is revoking: a session that is over gets nothing.
base::Result<std::string> BusDesk::renew(const SessionId& session, std::string_view jwt) {
  X1_TRY(known, services_.store.sessions().find(session));
  if (!known || is_over(known->state)) {
    return base::Error{base::Code::forbidden, "This session is over.", ""};
  }
  return services_.identities.renew(session, jwt);
}

Status BusDesk::ask_turn(const SessionId& session, const std::string& reply, std::string_view payload) {
  X1_TRY(question, read_turn_question(payload));
  X1_TRY(known, services_.store.sessions().find(session));
  if (!known || known->boot_key != question.boot_key) {
    return base::Error{base::Code::forbidden, "This broker is not the session's.", ""};
  }
  waiting_.insert_or_assign(session, Waiting{reply, std::move(question), services_.clock.now() + patience});
  turn_waits(session);
  // A broker that asks is there: it gets what it has not acknowledged.
  services_.announcer.control_waits(session);
  return base::Done{};
}

void BusDesk::turn_waits(const SessionId& session) {
  const auto found = waiting_.find(session);
  if (found == waiting_.end()) return;
  if (found->second.until <= services_.clock.now()) {
    waiting_.erase(found);
    return;
  }
  auto next = next_turn(services_, session, found->second.question);
  if (next.ok() && !next->has_value()) return;
  const auto reply = found->second.reply;
  waiting_.erase(found);
  if (!next.ok()) return answer(reply, std::move(next).error());
  answer(reply, std::move(**next));
}

}  // namespace x1::api
