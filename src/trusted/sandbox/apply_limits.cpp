// rlimits, and joining the control group.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "sandbox/apply.hpp"

namespace x1::sandbox {
namespace {

bool limit(decltype(RLIMIT_CORE) resource, std::optional<std::uint64_t> value) noexcept {
  if (!value) return true;
  rlimit now{};
  if (::getrlimit(resource, &now) != 0) return false;
  // A lower hard limit of the starter's holds as it is.
  const rlim_t wanted = std::min<rlim_t>(*value, now.rlim_max);
  const rlimit set{.rlim_cur = wanted, .rlim_max = wanted};
  return ::setrlimit(resource, &set) == 0;
}

}  // namespace

Failed apply_limits(const Prepared& prepared) noexcept {
  const auto& limits = prepared.plan->limits;
  if (!limit(RLIMIT_CORE, 0)) return failed(Step::limits);
  if (!limit(RLIMIT_MEMLOCK, limits.locked_bytes)) return failed(Step::limits);
  if (!limit(RLIMIT_NOFILE, limits.open_files)) return failed(Step::limits);
  if (!limit(RLIMIT_FSIZE, limits.file_bytes)) return failed(Step::limits);
  if (!limit(RLIMIT_AS, limits.address_space_bytes)) return failed(Step::limits);
  return no_failure;
}

Failed apply_cgroup(const Prepared& prepared) noexcept {
  std::uint32_t index = 0;
  for (const int file : prepared.cgroup_files) {
    if (::write(file, "0", 1) != 1) return failed(Step::join_cgroup, index);
    ++index;
  }
  return no_failure;
}

}  // namespace x1::sandbox
