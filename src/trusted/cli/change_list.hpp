// What an agent changed in a person's folder, as text for them to decide by. Pure.
#pragma once

#include <string>
#include <vector>

#include "launch/workspace.hpp"
#include "wire/value.hpp"

namespace x1::cli {

// One line a change; those that run by themselves stand first and say so.
[[nodiscard]] std::string to_text(const std::vector<launch::Change>& changes);
[[nodiscard]] wire::Value to_value(const std::vector<launch::Change>& changes);
// The paths that can be applied: all but the refused ones.
[[nodiscard]] std::vector<std::string> applicable(const std::vector<launch::Change>& changes);

}  // namespace x1::cli
