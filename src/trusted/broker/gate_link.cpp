#include "broker/gate_link.hpp"

namespace x1::broker {

GateLink::GateLink(boost::asio::io_context& context, os::Fd gate)
    : context_(context), channel_(std::make_unique<net::SeamChannel>(context, std::move(gate))) {}

void GateLink::start(OnFrame on_frame, OnClosed on_closed) {
  on_frame_ = std::move(on_frame);
  on_closed_ = std::move(on_closed);
  listen();
}

void GateLink::listen() {
  channel_->start(
      [this](std::string_view frame) {
        if (!shut_) on_frame_(frame);
      },
      [this](const base::Error& why) {
        if (!shut_) on_closed_(why);
      });
}

base::Status GateLink::send(std::string frame) {
  if (shut_) return base::Error{base::Code::unavailable, "The agent is being replaced.", ""};
  return channel_->send(std::move(frame));
}

void GateLink::attach(os::Fd gate) {
  channel_ = std::make_unique<net::SeamChannel>(context_, std::move(gate));
  shut_ = false;
  listen();
}

}  // namespace x1::broker
