#include "launch/supervisor.hpp"

#include <signal.h>
#include <boost/asio/co_spawn.hpp>

#include "launch/first_start.hpp"
#include "launch/own_name.hpp"
#include "launch/platform.hpp"
#include "os/file.hpp"
#include "os/system_clock.hpp"
#include "seal/process.hpp"

namespace x1::launch {

namespace asio = boost::asio;

base::Status supervise(const Layout& layout, const UpOptions& options,
                       const std::function<void(std::uint16_t port)>& on_ready) {
  ::signal(SIGPIPE, SIG_IGN);
  X1_TRY(ids, sandbox::enter_user_namespace());
  const OutsideIds outside(ids);
  X1_TRY(at, find_installation(layout.state(), options.programs, options.share, outside));
  const os::SystemClock clock;
  X1_TRY(made, first_start(at.layout, outside, at.providers, clock.now()));
  X1_TRY(own_name, load_or_make_own_name(at.layout));
  at.own_name = std::move(own_name);
  X1_TRY(log, LogFile::open(at.layout.log("supervisor")));
  Journal journal(std::move(log), clock);

  PlatformSockets sockets;
  X1_TRY(tcp, listen_tcp(options.port));
  X1_TRY(api, listen_local(at.layout.run(), "api.sock"));
  X1_TRY(control, listen_local(at.layout.run(), "control.sock"));
  sockets.tcp = std::move(tcp);
  sockets.api = std::move(api);
  sockets.control = std::move(control);
  X1_TRY(noted, os::write_file(at.layout.port(), std::to_string(sockets.tcp.port) + "\n", 0600));

  asio::io_context context(1);
  Platform platform(context, at, journal, clock, std::move(sockets));
  base::Status outcome = base::Error{base::Code::internal, "The platform's loop ended early.", ""};
  asio::co_spawn(
      context,
      [&platform, &on_ready, &outcome]() -> asio::awaitable<void> { outcome = co_await platform.run(on_ready); },
      [&outcome](std::exception_ptr failure) {
        if (failure) outcome = base::Error{base::Code::internal, "The platform's loop failed.", ""};
      });
  context.run();
  return outcome;
}

}  // namespace x1::launch
