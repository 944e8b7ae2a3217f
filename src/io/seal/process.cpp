#include "seal/process.hpp"

#include <linux/capability.h>
#include <linux/securebits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "seal/missing.hpp"

namespace x1::seal {
namespace {

constexpr unsigned long locked_securebits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
                                            SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
                                            SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
constexpr int most_capabilities = 64;

}  // namespace

base::Status close_all_but(std::span<const int> keep) {
  std::vector<int> sorted(keep.begin(), keep.end());
  std::ranges::sort(sorted);
  unsigned first = 0;
  for (const int fd : sorted) {
    if (fd < 0) continue;
    const auto number = static_cast<unsigned>(fd);
    if (number > first && ::close_range(first, number - 1, 0) != 0) {
      return missing(layer::descriptors, "closing those inherited", errno);
    }
    first = std::max(first, number + 1);
  }
  if (::close_range(first, ~0U, 0) != 0) return missing(layer::descriptors, "closing those inherited", errno);
  return base::Done{};
}

base::Status drop_capabilities() {
  for (int capability = 0; capability < most_capabilities; ++capability) {
    const int held = ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
    if (held < 0) break;  // past the last one this kernel knows
    // EPERM: this process never had CAP_SETPCAP. What is left in the set can't be gained: no_new_privs, below.
    if (held == 1 && ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno != EPERM) {
      return missing(layer::capabilities, "emptying the bounding set", errno);
    }
  }
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) {
    return missing(layer::capabilities, "emptying the ambient set", errno);
  }
  if (::prctl(PR_SET_SECUREBITS, locked_securebits, 0, 0, 0) != 0 && errno != EPERM) {
    return missing(layer::capabilities, "locking the securebits", errno);
  }
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  if (::syscall(SYS_capset, &header, none.data()) != 0) {
    return missing(layer::capabilities, "emptying the sets", errno);
  }
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return missing(layer::no_new_privileges, "setting it", errno);
  return base::Done{};
}

base::Status forbid_dumping() {
  const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
  if (::setrlimit(RLIMIT_CORE, &no_core) != 0) return missing(layer::process_limits, "forbidding core dumps", errno);
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return missing(layer::process_limits, "being non-dumpable", errno);
  return base::Done{};
}

base::Status die_with_parent() {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) {
    return missing(layer::process_limits, "dying with the parent", errno);
  }
  return base::Done{};
}

base::Status seal_process(std::span<const int> keep) {
  X1_TRY(closed, close_all_but(keep));
  X1_TRY(undumpable, forbid_dumping());
  X1_TRY(bound, die_with_parent());
  return drop_capabilities();
}

}  // namespace x1::seal
