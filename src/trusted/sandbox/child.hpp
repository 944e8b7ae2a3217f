// What happens between the clone and the program: every step, in the order that matters.
#pragma once

#include "sandbox/prepared.hpp"

namespace x1::sandbox {

// Never returns: executes the program, or reports the failed step on prepared.status and exits with 120.
[[noreturn]] void run_child(Prepared& prepared) noexcept;

}  // namespace x1::sandbox
