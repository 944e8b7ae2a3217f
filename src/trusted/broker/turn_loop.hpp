// TurnLoop: asks the API for the next turn, again and again, opens it, and closes it when it is over. A turn opens for
// the agent only after its row is durable, and only for an agent that has worked for nobody else: when the actor is
// another one than before, or the agent has ended, its box and gate are replaced first, and that has a row too.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <string_view>

#include "broker/box_link.hpp"
#include "broker/core.hpp"
#include "broker/gate_link.hpp"

namespace x1::broker {

struct TurnEffects {
  std::function<void(const Turn&)> on_opened;
  std::function<void()> on_closed;                    // ends what ran in the turn
  std::function<void()> on_new_gate;                  // no turn is open for it yet
  std::function<void(const base::Error&)> on_failed;  // the agent could not be replaced: there is none to go on with
};

class TurnLoop {
 public:
  // All must outlive it.
  TurnLoop(Core& core, GateLink& gate, BoxLink& box, TurnEffects effects);

  void start() { ask(); }
  // What was asked before is answered by nobody: the API that heard it is gone.
  void ask_again();
  // Closes the open turn, if any; `outcome`: completed, failed, cancelled, expired, superseded, ended,
  // key_revoked.
  void close(std::string_view outcome);
  // The agent ended by itself. What it worked on has failed; the next turn gets another.
  void agent_ended();
  // No more turns.
  void stop();

 private:
  static constexpr base::Duration first_pause = std::chrono::milliseconds(5);
  void ask();
  void ask_after_pause();
  void answered(const base::Result<std::string>& answer);
  void opened(const TurnPtr& turn);
  void replace_agent(const TurnPtr& turn);
  void replaced(const TurnPtr& turn, base::Result<os::Fd> gate);
  void tell_gate(const TurnPtr& turn);

  Core& core_;
  GateLink& gate_;
  BoxLink& box_;
  TurnEffects effects_;
  base::Duration pause_length_ = first_pause;
  boost::asio::steady_timer pause_;
  boost::asio::steady_timer expiry_;
  std::uint64_t asked_ = 0;  // questions so far: only the answer to the last one counts
  bool asking_ = false;      // false while an agent is being replaced: then nothing is asked
  bool stopped_ = false;
  const std::uint64_t reopened_;  // the last turn of the broker before; 0: there was none
  bool agent_lives_ = true;
  bool replacing_ = false;
};

}  // namespace x1::broker
