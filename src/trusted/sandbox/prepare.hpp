// From a plan to what the child needs, before the clone.
#pragma once

#include "base/result.hpp"
#include "sandbox/prepared.hpp"

namespace x1::sandbox {

struct StatusSockets {
  os::Fd starters, childs;
};
// A message per report; end of file when the program runs.
[[nodiscard]] base::Result<StatusSockets> status_sockets();

// `filter` is -1 without x1-init or without seccomp. The plan must outlive the result.
[[nodiscard]] base::Result<Prepared> prepare(const Plan& plan, os::Fd status, int filter);

}  // namespace x1::sandbox
