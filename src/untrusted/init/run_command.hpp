// The first process of a box: runs the command, reaps what is orphaned, passes signals on, ends as the command ends.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace x1::init {

// Returns the command's exit status, 128 + its signal, or 127 when it could not be executed; `on_failure` is then
// called in the command's process with a sentence. `report` (or -1) is closed once the command is executed.
[[nodiscard]] int run_command(std::vector<std::string> command, int report,
                              const std::function<void(const std::string&)>& on_failure);

}  // namespace x1::init
