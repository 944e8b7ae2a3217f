#include "api/control_sender.hpp"

namespace x1::api {
namespace {

std::string subject_of(const SessionId& session) { return "x1.session." + session.text() + ".control"; }

}  // namespace

void ControlSender::send(const SessionId& session) {
  if (busy_.contains(session)) return;
  for (;;) {
    // A store that fails now is asked again by retry().
    auto message = services_.store.outbox().oldest(session);
    if (!message.ok() || !message->has_value()) return;
    if (!(*message)->expires || *(*message)->expires > services_.clock.now()) {
      busy_.insert(session);
      return request_(subject_of(session), (*message)->token,
                      [this, session, sent = **message](base::Result<std::string> answer) {
                        answered(session, sent, std::move(answer));
                      });
    }
    if (!settle(**message, "expired").ok()) return;
  }
}

void ControlSender::answered(const SessionId& session, const ControlMessage& message,
                             base::Result<std::string> answer) {
  busy_.erase(session);
  if (!answer.ok()) return;
  const bool settled = *answer == "ok" || answer->starts_with("error ");
  if (!settled || !settle(message, answer->substr(0, 200)).ok()) return;
  send(session);
}

// A consent that its broker refuses, or never got, grants nothing: the person sees that, and not "approved".
Status ControlSender::settle(const ControlMessage& message, const std::string& outcome) {
  return services_.store.transaction([&]() -> Status {
    X1_TRY(done, services_.store.outbox().done(message.id, outcome));
    if (outcome == "ok" || !message.challenge) return base::Done{};
    X1_TRY(challenge, services_.store.consents().challenge(*message.challenge));
    if (!challenge || challenge->state != ChallengeState::approved) return base::Done{};
    return services_.store.consents().set_state(*message.challenge, ChallengeState::refused);
  });
}

void ControlSender::retry() {
  auto waiting = services_.store.outbox().waiting();
  if (!waiting.ok()) return;
  for (const auto& session : *waiting)
    send(session);
}

}  // namespace x1::api
