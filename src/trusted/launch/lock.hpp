// The lock of a state folder: whoever holds it runs the platform.
#pragma once

#include <optional>

#include "base/result.hpp"
#include "launch/layout.hpp"
#include "os/fd.hpp"

namespace x1::launch {

// Nothing when somebody else holds it. Freed when the last copy of the descriptor closes.
[[nodiscard]] base::Result<std::optional<os::Fd>> take_lock(const Layout& layout);

}  // namespace x1::launch
