// What a process gives up about itself: descriptors, capabilities, core dumps, being looked into. Each function names
// its layer when the kernel refuses.
#pragma once

#include <span>

#include "base/result.hpp"

namespace x1::seal {

// Closes every descriptor but those in `keep` (any order). 0, 1 and 2 are kept only when listed.
[[nodiscard]] base::Status close_all_but(std::span<const int> keep);

// Empties the effective, permitted, inheritable, ambient and (where the process may) bounding sets, and locks the
// securebits. A bounding set that can't be emptied is harmless only with no_new_privs, so that is set as well.
[[nodiscard]] base::Status drop_capabilities();

// No core dump, no ptrace by others of the same user, /proc/PID owned by root.
[[nodiscard]] base::Status forbid_dumping();

// SIGKILL when the thread that started this process ends.
[[nodiscard]] base::Status die_with_parent();

// The whole of the above for a trusted or exposed program of ours, in order; seccomp comes after it, by the program.
[[nodiscard]] base::Status seal_process(std::span<const int> keep);

}  // namespace x1::seal
