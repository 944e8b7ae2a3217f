// BoxLink: the broker's end of its seam to the supervisor, which replaces the agent's box.
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
  // `on_gone` is called once, when the supervisor is gone or broke the protocol.
  void start(std::function<void()> on_gone);

  // One at a time. `then` is called once, from the loop, at most half a minute later; not after the supervisor is gone.
  void replace(std::uint64_t turn, OnReplaced then);

 private:
  void listen();
  [[nodiscard]] base::Status take();
  [[nodiscard]] base::Status take(seam::box::ToBroker message);
  void settle(base::Result<os::Fd> outcome);

  boost::asio::local::stream_protocol::socket socket_;
  boost::asio::steady_timer patience_;
  seam::Framer framer_;
  std::optional<os::Fd> gate_;  // came with a message that is not whole yet
  std::uint64_t turn_ = 0;      // that is being replaced for
  OnReplaced then_;
  std::function<void()> on_gone_;
};

}  // namespace x1::broker
