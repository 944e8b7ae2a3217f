// x1-resolver: looks names up for one dialer.
#include <array>
#include <exception>

#include "log/log.hpp"
#include "os/arguments.hpp"
#include "os/system_clock.hpp"
#include "resolver/serve.hpp"
#include "seal/process.hpp"
#include "seal/seccomp.hpp"

using namespace x1;

namespace {

base::Status serve(int argc, char** argv) {
  X1_TRY(arguments, os::Arguments::parse(argc, argv, {"--dialer"}));
  X1_TRY(dialer, arguments.descriptor("--dialer"));
  X1_TRY(sealed, seal::seal_process(std::array{2, dialer}));
  X1_TRY(dns, resolver::Dns::open());
  X1_TRY(filtered, seal::apply(seal::Profile::resolver));
  return resolver::serve(os::Fd(dialer), dns);
}

}  // namespace

int main(int argc, char** argv) {
  const os::SystemClock clock;
  const log::Log log("x1-resolver", clock);
  try {
    const auto served = serve(argc, argv);
    if (served.ok()) return 0;
    log.error("resolver.failed", served.error());
  } catch (const std::exception& error) {
    log.error("resolver.failed", {{"why", error.what()}});
  }
  return 1;
}
