// What the starter learns from the status socket, and how a failure becomes an error that names its layer.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "sandbox/plan.hpp"
#include "sandbox/step.hpp"

namespace x1::sandbox {

// Waits for what the child says, at most 10 s. Done: its end closed, so the program runs.
[[nodiscard]] base::Status take_report(const Plan& plan, int status);

[[nodiscard]] base::Error to_error(const Plan& plan, const Failed& failure);

// clone3 refused `flags` as a whole: finds out which namespace it was.
[[nodiscard]] base::Error name_missing_namespace(std::uint64_t flags, int error);

}  // namespace x1::sandbox
