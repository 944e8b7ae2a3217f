// The one way to say that a layer of isolation is not there: the layer's name, what the kernel answered, what to do.
#pragma once

#include <string_view>

#include "base/error.hpp"

namespace x1::seal {

// Layer names are stable: `x1 doctor`, errors and tests use the same words.
namespace layer {
inline constexpr std::string_view user_namespace = "user namespace";
inline constexpr std::string_view network_namespace = "network namespace";
inline constexpr std::string_view mount_namespace = "mount namespace";
inline constexpr std::string_view pid_namespace = "pid namespace";
inline constexpr std::string_view ipc_namespace = "ipc namespace";
inline constexpr std::string_view uts_namespace = "uts namespace";
inline constexpr std::string_view cgroup_namespace = "cgroup namespace";
inline constexpr std::string_view seccomp = "seccomp";
inline constexpr std::string_view landlock = "Landlock";
inline constexpr std::string_view capabilities = "capabilities";
inline constexpr std::string_view no_new_privileges = "no new privileges";
inline constexpr std::string_view descriptors = "descriptors";
inline constexpr std::string_view process_limits = "process limits";
}  // namespace layer

// isolation_missing: "LAYER: ACT failed: ERRNO TEXT". `errno_value` 0 leaves the last part out.
[[nodiscard]] base::Error missing(std::string_view layer, std::string_view act, int errno_value,
                                  std::string_view next = "run `x1 doctor` to see what this machine offers");

}  // namespace x1::seal
