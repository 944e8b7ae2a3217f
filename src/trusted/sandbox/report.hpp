// What the starter learns from the status socket, and how a failure becomes an error that names its layer.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.hpp"
#include "os/fd.hpp"
#include "sandbox/plan.hpp"
#include "sandbox/step.hpp"

namespace x1::sandbox {

struct Started {
  std::optional<os::Fd> listener;
};

// Reads reports until the child's end closes (the program runs), at most 10 s.
[[nodiscard]] base::Result<Started> await_start(const Plan& plan, int status);

[[nodiscard]] base::Error to_error(const Plan& plan, const Failed& failure);

// clone3 refused `flags` as a whole: finds out which namespace it was.
[[nodiscard]] base::Error name_missing_namespace(std::uint64_t flags, int error);

}  // namespace x1::sandbox
