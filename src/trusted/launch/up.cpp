#include "launch/up.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cstdlib>
#include <filesystem>

#include "launch/control_client.hpp"
#include "launch/first_start.hpp"
#include "launch/lock.hpp"
#include "launch/supervisor.hpp"
#include "launch/wires.hpp"
#include "os/file.hpp"

namespace x1::launch {
namespace {

using base::Code;
using base::Error;

// The start's own deadlines are shorter; this holds when the supervisor itself hangs.
constexpr int start_patience_ms = 90'000;

Running running_at(std::uint16_t port, const Layout& layout, bool already) {
  return Running{"http://127.0.0.1:" + std::to_string(port), port, layout.state(), already};
}

base::Result<Running> find_running(const Layout& layout) {
  auto client = ControlClient::connect(layout.state());
  if (!client.ok()) {
    return Error{Code::unavailable, "Another start or end of the platform is under way.", "try again in a moment"};
  }
  X1_TRY(status, client->status());
  return running_at(status.port, layout, true);
}

// What the supervisor tells its starter, once: a Status with the port, or why it failed.
void tell(int pipe, const control::FromSupervisor& message) {
  const auto frame = seam::encode_frame(message);
  static_cast<void>(::write(pipe, frame.data(), frame.size()));
}

base::Result<std::uint16_t> hear(int pipe) {
  pollfd waiting{pipe, POLLIN, 0};
  if (::poll(&waiting, 1, start_patience_ms) == 0) {
    return Error{Code::timed_out, "The platform did not start in time.", "look into log/ of the state folder"};
  }
  X1_TRY(bytes, os::read_all(pipe, 64 * 1024));
  seam::Framer framer;
  X1_TRY(frames, framer.feed(bytes));
  if (frames.empty()) {
    return Error{Code::unavailable, "The supervisor ended before it could say why.",
                 "look into log/supervisor.out of the state folder"};
  }
  X1_TRY(message, seam::decode_frame<control::FromSupervisor>(frames.front()));
  if (const auto* status = std::get_if<control::Status>(&message)) return status->port;
  const auto* refused = std::get_if<control::Refused>(&message);
  if (refused == nullptr) return Error{Code::internal, "The supervisor said something else.", ""};
  return Error{refused->code, refused->message, refused->next};
}

// Of its own session, with no terminal: what it may still print (a crash) goes to a file.
void leave_terminal(const Layout& layout) {
  ::setsid();
  static_cast<void>(::chdir("/"));
  const auto path = layout.log() + "/supervisor.out";
  const os::Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const os::Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  static_cast<void>(::dup2(nothing.get(), 0));
  static_cast<void>(::dup2(file.get(), 1));
  static_cast<void>(::dup2(file.get(), 2));
}

[[noreturn]] void be_supervisor(const Layout& layout, const UpOptions& options, os::Fd pipe) {
  leave_terminal(layout);
  const auto outcome = supervise(layout, options, [&pipe](std::uint16_t port) {
    control::Status status;
    status.port = port;
    status.ready = true;
    tell(pipe.get(), status);
    pipe = os::Fd();
  });
  if (!outcome.ok() && pipe) {
    tell(pipe.get(), control::Refused{outcome.error().code, outcome.error().message, outcome.error().next});
  }
  // Nothing of the starter's may run here: no destructors, no handlers.
  ::_exit(outcome.ok() ? 0 : 1);
}

base::Result<std::uint16_t> start_in_background(const Layout& layout, const UpOptions& options) {
  X1_TRY(pipe, make_pipe());
  const pid_t middle = ::fork();
  if (middle < 0) return Error{Code::unavailable, "No process can be started.", "end some processes"};
  if (middle == 0) {
    // A second fork, so that the supervisor is nobody's child and leaves no zombie.
    const pid_t supervisor = ::fork();
    if (supervisor != 0) ::_exit(supervisor < 0 ? 1 : 0);
    pipe.read = os::Fd();
    be_supervisor(layout, options, std::move(pipe.write));
  }
  pipe.write = os::Fd();
  static_cast<void>(::waitpid(middle, nullptr, 0));
  return hear(pipe.read.get());
}

const char* environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

}  // namespace

std::string default_state_folder() {
  if (const auto* given = environment("X1_STATE_DIR")) return given;
  if (::geteuid() == 0) return "/var/lib/x1agent";
  if (const auto* states = environment("XDG_STATE_HOME")) return std::string(states) + "/x1agent";
  const auto* home = environment("HOME");
  if (home == nullptr) {
    const passwd* account = ::getpwuid(::geteuid());
    home = account != nullptr ? account->pw_dir : "/";
  }
  return std::string(home) + "/.local/state/x1agent";
}

base::Result<Running> up(const UpOptions& options, const std::function<void(const Running&)>& on_ready) {
  std::error_code error;
  const auto wanted = options.state.empty() ? default_state_folder() : options.state;
  const Layout layout(std::filesystem::absolute(wanted, error).lexically_normal().string());
  X1_TRY(made, make_state_folder(layout));
  X1_TRY(lock, take_lock(layout));
  if (!lock) {
    X1_TRY(running, find_running(layout));
    on_ready(running);
    return running;
  }
  if (options.foreground) {
    Running running = running_at(0, layout, false);
    const auto outcome = supervise(layout, options, [&](std::uint16_t port) {
      running = running_at(port, layout, false);
      on_ready(running);
    });
    if (!outcome.ok()) return outcome.error();
    return running;
  }
  X1_TRY(port, start_in_background(layout, options));
  auto running = running_at(port, layout, false);
  on_ready(running);
  return running;
}

}  // namespace x1::launch
