// x1-relay: carries one provider's bytes to the bus and back.
#include <array>
#include <boost/asio/io_context.hpp>
#include <exception>

#include "log/log.hpp"
#include "os/arguments.hpp"
#include "os/system_clock.hpp"
#include "relay/relay.hpp"
#include "seal/process.hpp"
#include "seal/seccomp.hpp"

using namespace x1;

namespace {

constexpr std::uint16_t bus_port = 4222;

base::Status serve(int argc, char** argv, const log::Log& log) {
  X1_TRY(arguments, os::Arguments::parse(argc, argv, {"--listener"}));
  X1_TRY(listener, arguments.descriptor("--listener"));
  X1_TRY(sealed, seal::seal_process(std::array{2, listener}));
  boost::asio::io_context context(1);
  const boost::asio::ip::tcp::endpoint bus(boost::asio::ip::address_v4::loopback(), bus_port);
  relay::Relay relay(context, os::Fd(listener), bus, log);
  X1_TRY(filtered, seal::apply(seal::Profile::relay));
  relay.start();
  context.run();
  return base::Error{base::Code::unavailable, "The provider's socket can't be listened on any more.", ""};
}

}  // namespace

int main(int argc, char** argv) {
  const os::SystemClock clock;
  const log::Log log("x1-relay", clock);
  try {
    const auto served = serve(argc, argv, log);
    if (served.ok()) return 0;
    log.error("relay.failed", served.error());
  } catch (const std::exception& error) {
    log.error("relay.failed", {{"why", error.what()}});
  }
  return 1;
}
