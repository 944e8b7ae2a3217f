// x1-gate: speaks HTTP and MCP to the agent, and the seam to the broker. Started with two sockets and nothing else.
#include <array>
#include <boost/asio/io_context.hpp>
#include <exception>

#include "gate/gate.hpp"
#include "log/log.hpp"
#include "os/arguments.hpp"
#include "os/system_clock.hpp"
#include "seal/process.hpp"
#include "seal/seccomp.hpp"

using namespace x1;

namespace {

base::Status serve(int argc, char** argv, const log::Log& log) {
  X1_TRY(arguments, os::Arguments::parse(argc, argv, {"--listener", "--broker"}));
  X1_TRY(listener, arguments.descriptor("--listener"));
  X1_TRY(broker, arguments.descriptor("--broker"));
  X1_TRY(sealed, seal::seal_process(std::array{2, listener, broker}));
  boost::asio::io_context context(1);
  gate::Gate gate(context, os::Fd(listener), os::Fd(broker), log, [&context] { context.stop(); });
  X1_TRY(filtered, seal::apply(seal::Profile::gate));
  gate.start();
  context.run();
  return base::Done{};
}

}  // namespace

int main(int argc, char** argv) {
  const os::SystemClock clock;
  const log::Log log("x1-gate", clock);
  try {
    const auto served = serve(argc, argv, log);
    if (served.ok()) return 0;
    log.error("gate.failed", served.error());
  } catch (const std::exception& error) {
    log.error("gate.failed", {{"why", error.what()}});
  }
  return 1;
}
