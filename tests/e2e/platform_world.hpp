// A whole platform of its own for a test: temporary state, any port, ended with the test.
#pragma once

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "launch/control_client.hpp"
#include "launch/uninstall.hpp"
#include "launch/up.hpp"
#include "launch/wires.hpp"
#include "os/fd.hpp"
#include "os/file.hpp"

namespace x1::testing {

namespace fs = std::filesystem;

// A process, watched by descriptor, so that a reused number can't fool the test.
inline os::Fd watch(std::uint32_t pid) {
  return os::Fd(static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0)));
}
inline bool ended(const os::Fd& watched, int patience_ms) {
  pollfd waiting{watched.get(), POLLIN, 0};
  return ::poll(&waiting, 1, patience_ms) == 1;
}

class PlatformWorld {
 public:
  PlatformWorld() {
    std::string name = (fs::temp_directory_path() / "x1-platform-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    folder_ = name;
    fs::create_directories(folder_ / "share");
    fs::create_directory_symlink(fs::path(X1_SOURCE_DIR) / "src/untrusted/providers", folder_ / "share/providers");
    fs::permissions(folder_, fs::perms(0711));
  }
  ~PlatformWorld() {
    interrupt();
    remove_state();
    std::error_code error;
    fs::remove_all(folder_, error);
  }
  PlatformWorld(const PlatformWorld&) = delete;
  PlatformWorld& operator=(const PlatformWorld&) = delete;

  [[nodiscard]] std::string state() const { return (folder_ / "state").string(); }
  [[nodiscard]] fs::path folder() const { return folder_; }

  [[nodiscard]] launch::UpOptions options() const {
    const char* programs = std::getenv("X1_BIN");
    return {.state = state(),
            .programs = programs != nullptr ? programs : X1_BIN_DIR,
            .share = (folder_ / "share").string(),
            .port = 0,
            .foreground = true};
  }

  // Starts it in the foreground of a child of ours. Its port, or why not.
  base::Result<std::uint16_t> start() {
    X1_TRY(pipe, launch::make_pipe());
    child_ = ::fork();
    if (child_ == 0) {
      pipe.read = os::Fd();
      const auto ran = launch::up(options(), [&pipe](const launch::Running& running) {
        const auto text = std::to_string(running.port);
        static_cast<void>(::write(pipe.write.get(), text.data(), text.size()));
        pipe.write = os::Fd();
      });
      if (!ran.ok() && pipe.write) {
        const auto text = base::describe(ran.error());
        static_cast<void>(::write(pipe.write.get(), text.data(), text.size()));
      }
      ::_exit(ran.ok() ? 0 : 1);
    }
    pipe.write = os::Fd();
    X1_TRY(said, os::read_all(pipe.read.get(), 4096));
    if (!said.empty() && std::ranges::all_of(said, [](char c) { return c >= '0' && c <= '9'; })) {
      return static_cast<std::uint16_t>(std::stoi(said));
    }
    static_cast<void>(wait_for_end());
    return base::Error{base::Code::unavailable, said, ""};
  }

  [[nodiscard]] base::Result<launch::control::Status> status() const {
    X1_TRY(client, launch::ControlClient::connect(state()));
    return client.status();
  }

  // Ctrl-C. The exit status.
  int interrupt() {
    if (child_ <= 0) return 0;
    ::kill(child_, SIGINT);
    return wait_for_end();
  }

 private:
  int wait_for_end() {
    int status = 0;
    ::waitpid(std::exchange(child_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  // What belongs to subordinate ids goes the way that `x1 uninstall` takes.
  void remove_state() const {
    const auto plan = launch::plan_uninstall(state());
    if (plan.ok()) static_cast<void>(launch::uninstall(*plan));
  }

  fs::path folder_;
  pid_t child_ = -1;
};

}  // namespace x1::testing
