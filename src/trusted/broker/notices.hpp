// Notices: tells gate when a question of the open turn was put to the person, and when it is decided, for the clients
// that listen (GET /mcp). It tells how the question stands and nothing else, and nothing rests on it: who doesn't
// listen polls, and what a client answers to it goes nowhere.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <vector>

#include "broker/core.hpp"
#include "broker/gate_link.hpp"

namespace x1::broker {

class Notices {
 public:
  // Both must outlive it.
  Notices(const Core& core, GateLink& gate) : core_(core), gate_(gate), next_expiry_(core.context) {}

  void asked(const policy::Challenge& question, const ProviderTool& tool);
  // Of a sidecar that was started again in the middle of its turn: the new gate's clients are told what waits in it.
  void turn_opened(const Turn& turn);
  // Something was decided, withdrawn, or is past its time.
  void ledger_changed();
  // Another turn's agent must not hear of it.
  void turn_closed();

 private:
  void await_expiry();

  const Core& core_;
  GateLink& gate_;
  boost::asio::steady_timer next_expiry_;  // that a question's time is over, nobody else says
  std::vector<base::ChallengeId> open_;    // told to be asked, and not to be decided; no more than wait for a person
};

}  // namespace x1::broker
