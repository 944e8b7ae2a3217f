// How long the end of a session may take: agreed between the broker, which closes its books, and the supervisor, which
// waits for it and then kills it.
#pragma once

#include <chrono>

namespace x1::seam {

// How long the broker waits for the API to take its last rows; they stay in its file in any case. Long enough for an
// API that was killed to be started again.
inline constexpr std::chrono::seconds broker_drain{15};
// From being told to end to the end of the broker. More than the drain: the closing row has to reach the disk first.
inline constexpr std::chrono::seconds broker_patience{18};
static_assert(broker_patience > broker_drain);

// How a broker exits whose gate or dialer is gone: its books are not closed, and another may go on with them.
inline constexpr int exit_cut_off = 75;
// How long it may take to get there.
inline constexpr std::chrono::seconds cut_off_patience{3};

}  // namespace x1::seam
