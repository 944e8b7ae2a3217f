// x1-dialer: sends one request with one credential at a time to the world outside. Its box key is made here and never
// leaves; docs/limits.md says what it takes.
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <exception>

#include "dialer/dialer.hpp"
#include "log/log.hpp"
#include "os/arguments.hpp"
#include "os/file.hpp"
#include "os/system_clock.hpp"
#include "seal/process.hpp"
#include "seal/seccomp.hpp"

using namespace x1;

namespace {

base::Status tell_ready(os::Fd ready, const crypto::BoxPublicKey& key) {
  const auto line = crypto::to_text(key) + "\n";
  if (::write(ready.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size())) return base::Done{};
  return base::Error{base::Code::unavailable, "Nobody reads that the dialer is ready.", ""};
}

base::Status serve(int argc, char** argv, const log::Log& log) {
  X1_TRY(arguments, os::Arguments::parse(argc, argv, {"--broker", "--resolver", "--ready"}));
  X1_TRY(broker, arguments.descriptor("--broker"));
  X1_TRY(resolver, arguments.descriptor("--resolver"));
  X1_TRY(ready, arguments.descriptor("--ready"));
  X1_TRY(sealed, seal::seal_process(std::array{2, broker, resolver, ready}));
  dialer::start_openssl_without_configuration();
  auto anchors = os::read_file(dialer::Trust::system_anchors, dialer::Trust::max_anchor_bytes);
  if (!anchors.ok()) log.warn("trust.missing", {{"why", anchors.error().message}});
  dialer::Trust trust(anchors.ok() ? std::move(*anchors) : std::string());
  X1_TRY(key, crypto::BoxKey::generate());
  const auto public_key = key.public_key();

  boost::asio::io_context context(1);
  dialer::Dialer dialer(context, std::move(key), std::move(trust), os::Fd(broker), os::Fd(resolver), log,
                        [&context] { context.stop(); });
  X1_TRY(filtered, seal::apply(seal::Profile::dialer));
  X1_TRY(told, tell_ready(os::Fd(ready), public_key));
  dialer.start();
  context.run();
  return base::Done{};
}

}  // namespace

int main(int argc, char** argv) {
  const os::SystemClock clock;
  const log::Log log("x1-dialer", clock);
  try {
    const auto served = serve(argc, argv, log);
    if (served.ok()) return 0;
    log.error("dialer.failed", served.error());
  } catch (const std::exception& error) {
    log.error("dialer.failed", {{"why", error.what()}});
  }
  return 1;
}
