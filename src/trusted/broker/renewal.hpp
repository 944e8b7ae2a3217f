// Renewal: keeps the session's users of the bus alive. They live for minutes (api/bus_identities.hpp); not renewing is
// revoking. The broker asks for its own and, as their messenger, for its providers': a provider may speak to nobody.
// What travels is a JWT, which is worth nothing without its user's key, and that never leaves its process.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "broker/core.hpp"

namespace x1::broker {

class Renewal {
 public:
  // From then on as soon as nothing is under way; at the latest time in any case. Both are well before the end.
  static constexpr base::Duration early = std::chrono::minutes(5);
  static constexpr base::Duration late = std::chrono::minutes(10);

  // `idle`: no call is under way, so that connections can be made anew at little cost: what is asked just then is asked
  // again. Core must outlive it.
  // `overdue`: the providers' users are of a time before this broker's.
  Renewal(Core& core, std::function<bool()> idle, bool overdue);

  void start() { wait(); }
  // One look at whether it is time, as start() has them every few seconds.
  void look();

 private:
  // A user whose JWT is renewed: a provider by its domain, or the broker itself.
  using User = std::optional<std::string>;
  static constexpr base::Duration look_every = std::chrono::seconds(5);
  static constexpr base::Duration deadline = std::chrono::seconds(5);

  void wait();
  void next();
  void ask_api(std::string jwt);
  void renewed(std::string jwt);
  void done();
  // That user is tried again at the next look, with all others.
  void failed(const base::Error& why);

  Core& core_;
  std::function<bool()> idle_;
  boost::asio::steady_timer timer_;
  base::TimePoint last_;
  std::vector<User> waiting_;  // the last is the next: the broker itself first, whatever its providers do
  bool all_renewed_ = true;    // in this round
  bool own_renewed_ = false;
  bool busy_ = false;
};

}  // namespace x1::broker
