// GateLink: the broker's end of its seam to gate; to one gate after the other, as the agent's box is replaced. What an
// earlier gate says is not heard: it read the bytes of another person's agent, and may have been taken over by them.
#pragma once

#include <functional>
#include <memory>

#include "net/seam_channel.hpp"

namespace x1::broker {

class GateLink {
 public:
  using OnFrame = net::SeamChannel::OnFrame;
  using OnClosed = net::SeamChannel::OnClosed;

  // The context must outlive it.
  GateLink(boost::asio::io_context& context, os::Fd gate);

  // As SeamChannel's, of the gate of the moment.
  void start(OnFrame on_frame, OnClosed on_closed);
  [[nodiscard]] base::Status send(std::string frame);
  template <class Variant, class Kind>
  base::Status send_message(Kind kind) {
    return send(seam::encode_frame(Variant(std::move(kind))));
  }

  // From here on nothing is heard from this gate, nor said to it. It is not hung up on: a gate ends when its broker
  // is gone, and that it ends on demand, and not by itself, tells the supervisor that all is well.
  void shut() noexcept { shut_ = true; }
  // The next gate's. Must not run in one of the callbacks.
  void attach(os::Fd gate);

 private:
  void listen();

  boost::asio::io_context& context_;
  std::unique_ptr<net::SeamChannel> channel_;
  OnFrame on_frame_;
  OnClosed on_closed_;
  bool shut_ = false;
};

}  // namespace x1::broker
