// Carries out a plan: a new process in its box, or an error that names the layer that is missing. Nothing runs in the
// box before every layer is in place.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "os/fd.hpp"
#include "sandbox/cgroup.hpp"
#include "sandbox/plan.hpp"
#include "seal/seccomp.hpp"

namespace x1::sandbox {

struct Process {
  pid_t pid = -1;
  os::Fd pidfd;                         // readable when the process has ended
  Cgroup cgroup;                        // removed with this value, once the process has ended
  std::vector<std::string> unlimited;   // limits of the plan that this machine can't hold
  std::vector<std::string> weaknesses;  // layers left out by token; to be logged and shown
};

// Compiled filters, so that a start does not pay for them. One per starter; not shared between threads.
class Filters {
 public:
  // A descriptor with the encoded filter of `profile`, owned here.
  [[nodiscard]] base::Result<int> descriptor_of(seal::Profile profile);

 private:
  struct Cached {
    seal::Profile profile;
    os::Fd file;
  };
  std::vector<Cached> cached_;
};

// Returns when the box's program runs (with `init`: sealed). Errors: invalid_request (the plan), isolation_missing
// (names the layer), not_found (the program), timed_out. The starter must be uid 0 of its user namespace (see
// enter_user_namespace), and the calling thread must live as long as the box: the box dies with it.
[[nodiscard]] base::Result<Process> start(const Plan& plan, Filters& filters);

// The same in two steps, so that boxes start side by side: a box whose first process was made, and what it has not
// said.
struct Starting {
  Plan plan;  // for the words of an error
  Process process;
  os::Fd status;  // readable when the box has something to say
};
[[nodiscard]] base::Result<Starting> begin(const Plan& plan, Filters& filters);
// Waits for what the box says, at most 10 s. Done: its program runs. After an error the box is of no use: kill it.
[[nodiscard]] base::Status await_start(const Starting& starting);

// Blocks until the process has ended, at most `patience`. Exit status, or 128 + signal. timed_out otherwise.
[[nodiscard]] base::Result<int> wait(Process& process, std::chrono::milliseconds patience);

// SIGKILL to the box's first process, which takes all others with it.
void kill(const Process& process) noexcept;

}  // namespace x1::sandbox
