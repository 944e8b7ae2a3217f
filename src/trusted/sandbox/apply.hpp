// The steps themselves, one file a kernel feature; child.cpp holds their order. All run in the child, allocate nothing
// and return at the first failure.
#pragma once

#include "sandbox/prepared.hpp"
#include "sandbox/step.hpp"

namespace x1::sandbox {

[[nodiscard]] Failed apply_cgroup(const Prepared& prepared) noexcept;
[[nodiscard]] Failed apply_network(const Prepared& prepared) noexcept;
[[nodiscard]] Failed apply_hostname(const Prepared& prepared) noexcept;
[[nodiscard]] Failed apply_mounts(Prepared& prepared) noexcept;
[[nodiscard]] Failed apply_descriptors(Prepared& prepared) noexcept;
[[nodiscard]] Failed apply_session(const Prepared& prepared) noexcept;
[[nodiscard]] Failed apply_limits(const Prepared& prepared) noexcept;
// `self` is an open folder /proc/self of the proc that the child was born with.
[[nodiscard]] Failed apply_identity(const Prepared& prepared, int self) noexcept;
[[nodiscard]] Failed apply_capabilities(const Prepared& prepared) noexcept;
[[nodiscard]] Failed apply_parent(const Prepared& prepared) noexcept;

}  // namespace x1::sandbox
