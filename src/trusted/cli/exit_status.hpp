// The exit statuses of `x1`, the same for every command (docs/cli.md). `x1 run` ends with its agent's own status.
#pragma once

#include "base/error.hpp"

namespace x1::cli {

enum ExitStatus : int {
  exit_ok = 0,
  exit_refused = 1,      // it was refused or failed: the message says why
  exit_usage = 2,        // the command line is wrong
  exit_not_running = 3,  // the platform does not run, or a part of it is away
  exit_isolation = 4,    // this machine lacks a layer of isolation that is required
};

[[nodiscard]] constexpr int exit_status_of(base::Code code) noexcept {
  if (code == base::Code::unavailable) return exit_not_running;
  if (code == base::Code::isolation_missing) return exit_isolation;
  return exit_refused;
}

}  // namespace x1::cli
