// down: ends the platform of one state folder.
#pragma once

#include <string>

#include "base/result.hpp"

namespace x1::launch {

// Returns when every process has ended, at most a minute later. False: nothing was running.
[[nodiscard]] base::Result<bool> down(const std::string& state);

}  // namespace x1::launch
