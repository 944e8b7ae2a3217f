// BusPort: what a broker needs of a bus. Everything happens on the broker's loop. Nothing that arrives here is believed
// for having arrived: it is signed, or it goes to gate.
#pragma once

#include <functional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace x1::broker {

class BusPort {
 public:
  using OnAnswer = std::function<void(base::Result<std::string>)>;
  using OnRequest = std::function<void(std::string payload, std::string reply)>;

  BusPort() = default;
  BusPort(const BusPort&) = delete;
  BusPort& operator=(const BusPort&) = delete;
  virtual ~BusPort() = default;

  // One answer or one error (timed_out, unavailable, too_large, too_many), later, exactly once.
  virtual void request(std::string subject, std::string payload, base::Duration deadline, OnAnswer then) = 0;
  // Requests that come on that subject, also after a reconnect.
  virtual void serve(std::string subject, OnRequest then) = 0;
  // The JWT that this user of the bus shows; another for the same user, shown from the next connection on; and making
  // that connection now, at the cost of what is under way.
  [[nodiscard]] virtual std::string jwt() const = 0;
  virtual void renew(std::string jwt) = 0;
  virtual void reconnect() = 0;
  // Best kept promise: an answer that is lost is asked for again by whoever needs it.
  virtual void answer(const std::string& reply, std::string payload) = 0;
};

}  // namespace x1::broker
