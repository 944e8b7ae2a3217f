#include "launch/door.hpp"

#include "os/socket.hpp"
#include "sandbox/network_namespace.hpp"

namespace x1::launch {

base::Result<Door> Door::begin(boost::asio::io_context& context, const Installation& at, sandbox::Filters& filters,
                               std::uint32_t place, LogFile log, Child::OnExit on_exit) {
  // The socket is new with the network: nothing can be waiting at it.
  X1_TRY(made, sandbox::make_listening_namespace(agent_port));
  Door door;
  door.network = std::move(made.network);
  door.listener = std::move(made.listener);
  X1_TRY(begun, door.reopen(context, at, filters, place, std::move(log), std::move(on_exit)));
  return door;
}

base::Status Door::reopen(boost::asio::io_context& context, const Installation& at, sandbox::Filters& filters,
                          std::uint32_t place, LogFile log, Child::OnExit on_exit) {
  X1_TRY(calls, os::socket_pair());
  X1_TRY(output, Output::to(context, std::move(log)));
  const auto plan = gate_plan(at, place, listener.get(), calls.second.get(), output.write_end());
  // Before the box is made: what changes in between makes it old, at worst.
  sources.add(plan);
  X1_TRY(begun, Child::begin(context, filters, plan, std::move(output), std::move(on_exit)));
  gate = std::move(begun);
  gate_end = std::move(calls.first);
  return base::Done{};
}

}  // namespace x1::launch
