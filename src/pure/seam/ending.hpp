// How long the end of a session may take: agreed between the broker, which closes its books, and the supervisor, which
// waits for it and then kills it.
#pragma once

#include <chrono>

namespace x1::seam {

// How long the broker waits for the API to take its last rows; they stay in its file in any case. Long enough for an
// API that was killed to be started again.
inline constexpr std::chrono::seconds broker_drain{15};
// From the end of gate to the end of the broker. More than the drain: the closing row has to reach the disk first.
inline constexpr std::chrono::seconds broker_patience{18};
static_assert(broker_patience > broker_drain);

}  // namespace x1::seam
