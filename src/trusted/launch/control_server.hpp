// ControlServer: answers the owner's own `x1` on STATE/run/control.sock. Whoever else connects is hung up on.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "launch/control_frames.hpp"
#include "os/fd.hpp"

namespace x1::launch {

class ControlServer {
 public:
  static constexpr std::size_t max_connections = 32;
  using Reply = std::function<void(control::FromSupervisor)>;
  // Replies once, now or later; a reply to somebody who has gone is dropped.
  using Answer = std::function<void(control::ToSupervisor question, std::optional<os::Fd> fd, Reply reply)>;

  // `listener` is a listening Unix socket, not blocking.
  ControlServer(boost::asio::io_context& context, os::Fd listener, Answer answer);
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;
  ~ControlServer();

 private:
  struct State;
  struct Connection;
  std::shared_ptr<State> state_;  // shared with the operations in flight
};

}  // namespace x1::launch
