// The steps of a start, by name, and how the child tells which of them failed. The child shares its starter's memory
// image and maybe the locks of its threads, so nothing after the clone allocates: a failure is three numbers.
#pragma once

#include <cerrno>
#include <cstdint>
#include <string_view>

namespace x1::sandbox {

enum class Step : std::uint32_t {
  none,
  join_cgroup,
  join_network,
  loopback_up,
  hostname,
  private_mounts,
  open_sources,
  root,
  bind,
  tmpfs,
  overlay,
  devices,
  proc,
  files,
  pivot,
  read_only_root,
  descriptors,
  session,
  terminal,
  limits,
  groups,
  identity,
  user_namespace,
  id_maps,
  capabilities,
  parent,
  working_folder,
  execute,
};

// The layer a step belongs to, and what it does, for the error.
struct StepText {
  std::string_view layer;
  std::string_view act;
};
[[nodiscard]] StepText text_of(Step step) noexcept;

struct Failed {
  Step step = Step::none;
  std::int32_t error = 0;
  std::uint32_t item = 0;  // which mount or descriptor of the plan
  explicit operator bool() const noexcept { return step != Step::none; }
};

inline constexpr Failed no_failure{};
[[nodiscard]] inline Failed failed(Step step, std::uint32_t item = 0) noexcept { return {step, errno, item}; }

}  // namespace x1::sandbox
