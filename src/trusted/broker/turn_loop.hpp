// TurnLoop: asks the API for the next turn, again and again, opens it, and closes it when it is over. A turn opens for
// the agent only after its row is durable.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <string_view>

#include "broker/core.hpp"
#include "net/seam_channel.hpp"

namespace x1::broker {

class TurnLoop {
 public:
  // `on_closed` ends what ran in the turn. All must outlive it.
  TurnLoop(Core& core, net::SeamChannel& gate, std::function<void()> on_opened, std::function<void()> on_closed);

  void start() { ask(); }
  // Closes the open turn, if any; `outcome`: completed, failed, cancelled, expired, superseded, ended.
  void close(std::string_view outcome);
  // No more turns.
  void stop();

 private:
  static constexpr base::Duration first_pause = std::chrono::milliseconds(5);
  void ask();
  void ask_after_pause();
  void answered(const base::Result<std::string>& answer);
  void opened(const TurnPtr& turn);
  void tell_gate(const TurnPtr& turn);

  Core& core_;
  net::SeamChannel& gate_;
  std::function<void()> on_opened_;
  std::function<void()> on_closed_;
  base::Duration pause_length_ = first_pause;
  boost::asio::steady_timer pause_;
  boost::asio::steady_timer expiry_;
  bool stopped_ = false;
};

}  // namespace x1::broker
