// The resolver's loop: takes lookups from the dialer, one at a time, and answers each exactly once.
#pragma once

#include "base/result.hpp"
#include "os/fd.hpp"
#include "resolver/dns.hpp"

namespace x1::resolver {

inline constexpr std::size_t max_waiting = 32;

// Serves until the dialer's end is closed, which is Done. A lookup beyond the queue's bound is answered with nothing at
// once. Fails with invalid_request when the seam carries something else.
[[nodiscard]] base::Status serve(const os::Fd& dialer, Dns& dns);

}  // namespace x1::resolver
