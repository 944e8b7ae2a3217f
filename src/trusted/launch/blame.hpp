// Blame: of several parts that have ended, the one that the others followed.
#pragma once

#include <chrono>

namespace x1::launch {

// How long after a part that ended by itself, as a neighbour of a dead one does, one that was killed may still be heard
// of: the kernel takes a process's descriptors first, and its namespaces before it reports the end.
inline constexpr std::chrono::milliseconds blame_patience{500};

// By a signal, as a status of Child tells it.
[[nodiscard]] constexpr bool was_killed(int status) noexcept { return status > 128; }
inline constexpr int status_of_killed = 128 + 9;

}  // namespace x1::launch
