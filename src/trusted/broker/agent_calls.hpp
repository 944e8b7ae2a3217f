// AgentCalls: sorts what the agent calls: which turn it belongs to, which tool it means, whether its arguments fit.
// What passes becomes a Call, or is done here at once (the platform's own tools).
#pragma once

#include "broker/calls.hpp"
#include "broker/core.hpp"
#include "broker/questions.hpp"
#include "seam/gate.hpp"

namespace x1::broker {

class AgentCalls {
 public:
  // All must outlive it.
  AgentCalls(Core& core, Calls& calls, Questions& questions, GateLink& gate)
      : core_(core), calls_(calls), questions_(questions), gate_(gate) {}

  void take(seam::gate::AgentCall call);
  // What the agent wrote, in pieces that fit an event.
  void output(const seam::gate::AgentOutput& said);

 private:
  [[nodiscard]] base::Status take_in_turn(seam::gate::AgentCall& call, const TurnPtr& turn);
  [[nodiscard]] base::Status take_builtin(Builtin which, seam::gate::AgentCall& call, const TurnPtr& turn);
  [[nodiscard]] base::Status request_permission(const seam::gate::AgentCall& call, const TurnPtr& turn);
  [[nodiscard]] base::Status tell_of_ticket(std::uint64_t call, const Turn& turn, std::string_view ticket);
  [[nodiscard]] base::Status emit(const seam::gate::AgentCall& call, const TurnPtr& turn, NewEvent event);
  [[nodiscard]] base::Result<ToolCall> tool_call(std::string_view tool, wire::Value arguments,
                                                 const TurnPtr& turn) const;
  void refuse(const seam::gate::AgentCall& call, const Turn* turn, const base::Error& why);
  void reply(std::uint64_t call, wire::Value result);
  void reply_error(std::uint64_t call, const base::Error& why);

  Core& core_;
  Calls& calls_;
  Questions& questions_;
  GateLink& gate_;
};

}  // namespace x1::broker
