#include "broker/notices.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "seam/gate.hpp"

namespace x1::broker {
namespace {

// A question ends by the clock on the wall, which can be set, and goes on while the machine sleeps.
constexpr base::Duration longest_unlooked = std::chrono::minutes(1);
constexpr base::Duration shortest_unlooked = std::chrono::milliseconds(1);

}  // namespace

void Notices::asked(const policy::Challenge& question, const ProviderTool& tool) {
  ledger_changed();
  open_.push_back(question.id);
  await_expiry();
  // It may be about what the tool reads to plan its call.
  const auto* scope = policy::find_scope(*tool.manifest, question.request.scope);
  const auto sent = gate_.send_message<seam::gate::ToGate>(
      seam::gate::PersonAsked{question.id.text(), scope == nullptr ? question.request.scope : scope->title});
  if (!sent.ok()) core_.log.warn("gate.refused", {{"why", sent.error().message}});
}

void Notices::turn_opened(const Turn& turn) {
  const auto& ledger = core_.memory.ledger;
  for (const auto& id : core_.memory.asked) {
    const auto* question = ledger.challenge(id);
    const bool waits = question != nullptr && question->turn == turn.certificate.turn &&
                       ledger.state(id, core_.clock.now()) == policy::ChallengeState::pending;
    const auto tool = waits ? core_.toolbox.find(question->request.tool) : std::nullopt;
    if (tool) asked(*question, *tool);
  }
}

void Notices::ledger_changed() {
  const auto now = core_.clock.now();
  for (auto& question : std::exchange(open_, {})) {
    const auto state = core_.memory.ledger.state(question, now);
    if (!state || *state == policy::ChallengeState::pending) {
      open_.push_back(std::move(question));
      continue;
    }
    const auto sent = gate_.send_message<seam::gate::ToGate>(
        seam::gate::PersonDecided{question.text(), std::string(policy::to_string(*state))});
    if (!sent.ok()) core_.log.warn("gate.refused", {{"why", sent.error().message}});
  }
  await_expiry();
}

void Notices::turn_closed() {
  open_.clear();
  next_expiry_.cancel();
}

void Notices::await_expiry() {
  std::optional<base::TimePoint> earliest;
  for (const auto& id : open_) {
    const auto* question = core_.memory.ledger.challenge(id);
    if (question != nullptr && (!earliest || question->expires < *earliest)) earliest = question->expires;
  }
  next_expiry_.cancel();
  if (!earliest) return;
  next_expiry_.expires_after(std::clamp(*earliest - core_.clock.now(), shortest_unlooked, longest_unlooked));
  next_expiry_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) ledger_changed();
  });
}

}  // namespace x1::broker
