// Brings `lo` of the current network namespace up. Allocates nothing; errno says why not.
#pragma once

namespace x1::sandbox {

[[nodiscard]] bool loopback_up() noexcept;

}  // namespace x1::sandbox
