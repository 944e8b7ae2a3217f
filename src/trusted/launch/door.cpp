#include "launch/door.hpp"

#include "os/socket.hpp"
#include "sandbox/network_namespace.hpp"

namespace x1::launch {

base::Result<Door> Door::begin(boost::asio::io_context& context, const Installation& at, sandbox::Filters& filters,
                               std::uint32_t place, LogFile log, Child::OnExit on_exit) {
  // The socket is new with the network: nothing can be waiting at it.
  X1_TRY(made, sandbox::make_listening_namespace(agent_port));
  X1_TRY(calls, os::socket_pair());
  X1_TRY(output, Output::to(context, std::move(log)));
  const auto plan = gate_plan(at, place, made.listener.get(), calls.second.get(), output.write_end());
  // Before the box is made: what changes in between makes it old, at worst.
  Sources sources;
  sources.add(plan);
  X1_TRY(gate, Child::begin(context, filters, plan, std::move(output), std::move(on_exit)));
  return Door{std::move(made.network), std::move(gate), std::move(calls.first), std::move(sources)};
}

}  // namespace x1::launch
