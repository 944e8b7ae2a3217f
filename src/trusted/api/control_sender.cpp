#include "api/control_sender.hpp"

#include <algorithm>
#include <array>

#include "api/controls.hpp"

namespace x1::api {
namespace {

using base::Code;

constexpr base::Duration first_pause = std::chrono::seconds(2);
constexpr base::Duration longest_pause = std::chrono::minutes(1);

// Errors that asking again can't change. Of any other the broker may think better.
constexpr std::array definite{Code::invalid_request, Code::invalid_json,      Code::invalid_token,
                              Code::too_large,       Code::unsupported,       Code::forbidden,
                              Code::not_allowed,     Code::not_found,         Code::conflict,
                              Code::expired,         Code::permission_denied, Code::passkey_required};

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
  if (busy_.contains(session)) return;
  for (std::string last;;) {
    // A store that fails now is asked again by retry().
    auto message = services_.store.outbox().next(session, last);
    if (!message.ok() || !message->has_value()) return;
    last = (*message)->id;
    if (pausing(**message)) continue;
    if (!(*message)->expires || *(*message)->expires > services_.clock.now()) {
      busy_.insert(session);
      return request_(subject_of(session), (*message)->token,
                      [this, session, sent = **message](base::Result<std::string> answer) {
                        answered(session, sent, std::move(answer));
                      });
    }
    if (!settle(services_, **message, "expired").ok()) return;
  }
}

void ControlSender::answered(const SessionId& session, const ControlMessage& message,
                             base::Result<std::string> answer) {
  busy_.erase(session);
  if (!answer.ok()) return;
  if (!settles(*answer)) {
    pause(message);
    return send(session);
  }
  // Signed again while this was on its way, as the key had been followed by another: the answer is not to what waits.
  const auto waiting = services_.store.outbox().find(message.id);
  if (*answer != "ok" && waiting.ok() && *waiting && (*waiting)->token != message.token) return send(session);
  if (const auto found = pauses_.find(session); found != pauses_.end()) found->second.erase(message.id);
  if (settle(services_, message, answer->substr(0, 200)).ok()) send(session);
}

// A clock that was set back must not make a pause longer than any that there is.
bool ControlSender::pausing(const ControlMessage& message) const {
  const auto of_session = pauses_.find(message.session);
  if (of_session == pauses_.end()) return false;
  const auto found = of_session->second.find(message.id);
  if (found == of_session->second.end()) return false;
  const auto left = found->second.until - services_.clock.now();
  return left > base::Duration(0) && left <= longest_pause;
}

void ControlSender::pause(const ControlMessage& message) {
  auto& pause = pauses_[message.session].try_emplace(message.id, Pause{{}, first_pause / 2}).first->second;
  pause.length = std::min(pause.length * 2, longest_pause);
  pause.until = services_.clock.now() + pause.length;
}

void ControlSender::retry() {
  auto waiting = services_.store.outbox().waiting();
  if (!waiting.ok()) return;
  std::erase_if(pauses_, [&](const auto& each) { return std::ranges::find(*waiting, each.first) == waiting->end(); });
  for (const auto& session : *waiting)
    send(session);
}

}  // namespace x1::api
