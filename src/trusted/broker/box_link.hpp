// BoxLink: the broker's end of its seam to the supervisor, which replaces the agent's box, and tells by which keys the
// API is believed.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>

#include "base/result.hpp"
#include "os/fd.hpp"
#include "seam/box.hpp"

namespace x1::broker {

class BoxLink {
 public:
  // The broker's end of the seam to the new gate.
  using OnReplaced = std::function<void(base::Result<os::Fd>)>;

  // The context must outlive it, and not run after it.
  BoxLink(boost::asio::io_context& context, os::Fd supervisor);
  // Has to call `then` once: Done when the keys are used.
  using OnKeys = std::function<void(const wire::Value& keys, std::function<void(base::Status)> then)>;
  // `on_gone` is called once, when the supervisor is gone or broke the protocol.
  void start(OnKeys on_keys, std::function<void()> on_gone);

  // One at a time. `then` is called once, from the loop, at most half a minute later; not after the supervisor is gone.
  void replace(std::uint64_t turn, OnReplaced then);

 private:
  void listen();
  [[nodiscard]] base::Status take();
  [[nodiscard]] base::Status take(seam::box::ToBroker message);
  void settle(base::Result<os::Fd> outcome);
  void use_keys(const seam::box::UseKeys& message);

  boost::asio::local::stream_protocol::socket socket_;
  boost::asio::steady_timer patience_;
  seam::Framer framer_;
  std::optional<os::Fd> gate_;  // came with a message that is not whole yet
  std::uint64_t turn_ = 0;      // that is being replaced for
  OnReplaced then_;
  OnKeys on_keys_;
  std::function<void()> on_gone_;
};

}  // namespace x1::broker
