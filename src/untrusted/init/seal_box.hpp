// Seals this process, and so all that it starts, as its arguments say.
#pragma once

#include "base/result.hpp"
#include "init/arguments.hpp"

namespace x1::init {

// In order: descriptors, capabilities, Landlock, seccomp. The first that fails names its layer; nothing is skipped.
[[nodiscard]] base::Status seal_box(const Arguments& arguments, const std::string& home);

// What a box of this profile may touch, as data.
[[nodiscard]] seal::LandlockRules rules_for(const Arguments& arguments, const std::string& home);

}  // namespace x1::init
