// Door: how an agent reaches its sidecar: a network of its own with a socket that listens in it, and the gate behind
// that socket. Made before the agent that will use it, and never used by the agent of a second person.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>

#include "launch/child.hpp"
#include "launch/installation.hpp"
#include "launch/session_components.hpp"
#include "launch/sources.hpp"
#include "os/fd.hpp"

namespace x1::launch {

struct Door {
  os::Fd network;
  os::Fd listener;  // kept for the gate that follows on one that died
  std::unique_ptr<Child> gate;
  os::Fd gate_end;  // the broker's, of its seam to gate
  Sources sources;

  // Begins gate, in the place of a session that may not be known yet: Child::running() says when it runs.
  [[nodiscard]] static base::Result<Door> begin(boost::asio::io_context& context, const Installation& at,
                                                sandbox::Filters& filters, std::uint32_t place, LogFile log,
                                                Child::OnExit on_exit);
  // Another gate at the same socket: the one before has ended.
  [[nodiscard]] base::Status reopen(boost::asio::io_context& context, const Installation& at, sandbox::Filters& filters,
                                    std::uint32_t place, LogFile log, Child::OnExit on_exit);
};

}  // namespace x1::launch
