#include "broker/notices.hpp"

#include <utility>

#include "seam/gate.hpp"

namespace x1::broker {

void Notices::asked(const policy::Challenge& question, const ProviderTool& tool) {
  ledger_changed();
  open_.push_back(question.id);
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
}

}  // namespace x1::broker
