#include "api/control_sender.hpp"

#include <algorithm>
#include <array>

namespace x1::api {
namespace {

using base::Code;

constexpr base::Duration first_pause = std::chrono::seconds(2);
constexpr base::Duration longest_pause = std::chrono::minutes(1);

// Errors that asking again can't change. Of any other the broker may think better.
constexpr std::array definite{Code::invalid_request, Code::invalid_json, Code::invalid_token,    Code::too_large,
                              Code::unsupported,     Code::forbidden,    Code::not_allowed,      Code::not_found,
                              Code::conflict,        Code::expired,      Code::permission_denied};

bool settles(std::string_view answer) {
  constexpr std::string_view error = "error ";
  if (answer == "ok") return true;
  if (!answer.starts_with(error)) return false;
  answer.remove_prefix(error.size());
  const auto code = answer.substr(0, answer.find(' '));
  return std::ranges::find(definite, code, [](Code one) { return base::to_string(one); }) != definite.end();
}

std::string subject_of(const SessionId& session) { return "x1.session." + session.text() + ".control"; }

}  // namespace

void ControlSender::send(const SessionId& session) {
  if (busy_.contains(session) || pausing(session)) return;
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
  if (!settles(*answer)) return pause(session);
  pauses_.erase(session);
  if (settle(message, answer->substr(0, 200)).ok()) send(session);
}

// A clock that was set back must not make a pause longer than any that there is.
bool ControlSender::pausing(const SessionId& session) const {
  const auto found = pauses_.find(session);
  if (found == pauses_.end()) return false;
  const auto left = found->second.until - services_.clock.now();
  return left > base::Duration(0) && left <= longest_pause;
}

void ControlSender::pause(const SessionId& session) {
  auto& pause = pauses_.try_emplace(session, Pause{{}, first_pause / 2}).first->second;
  pause.length = std::min(pause.length * 2, longest_pause);
  pause.until = services_.clock.now() + pause.length;
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
