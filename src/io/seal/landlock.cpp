#include "seal/landlock.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "os/fd.hpp"
#include "seal/missing.hpp"

namespace x1::seal {
namespace {

// From the kernel's interface; the machine's own header may be older than its kernel.
struct RulesetAttr {
  std::uint64_t handled_fs = 0;
  std::uint64_t handled_net = 0;  // ABI 4
  std::uint64_t scoped = 0;       // ABI 6
};
struct [[gnu::packed]] PathAttr {
  std::uint64_t allowed = 0;
  std::int32_t parent_fd = -1;
};
struct PortAttr {
  std::uint64_t allowed = 0;
  std::uint64_t port = 0;
};

constexpr std::uint32_t create_version = 1;
constexpr int rule_path = 1;
constexpr int rule_port = 2;

namespace fs {
constexpr std::uint64_t execute = 1U << 0, write_file = 1U << 1, read_file = 1U << 2, read_dir = 1U << 3;
constexpr std::uint64_t abi_1 = (1U << 13) - 1, refer = 1U << 13, truncate = 1U << 14, ioctl_dev = 1U << 15;
// Nobody in a box makes devices, wherever they may write.
constexpr std::uint64_t make_devices = (1U << 6) | (1U << 11);
constexpr std::uint64_t on_files = execute | write_file | read_file | truncate | ioctl_dev;
}  // namespace fs
constexpr std::uint64_t net_bind = 1U << 0, net_connect = 1U << 1;
constexpr std::uint64_t scope_abstract_unix = 1U << 0, scope_signal = 1U << 1;

std::uint64_t handled_at(int abi) {
  std::uint64_t handled = fs::abi_1;
  if (abi >= 2) handled |= fs::refer;
  if (abi >= 3) handled |= fs::truncate;
  if (abi >= 5) handled |= fs::ioctl_dev;
  return handled;
}

base::Status add_paths(int ruleset, const std::vector<std::string>& paths, std::uint64_t allowed) {
  for (const auto& path : paths) {
    const os::Fd parent(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (!parent) {
      if (errno == ENOENT || errno == EACCES || errno == ENOTDIR) continue;
      return missing(layer::landlock, "opening " + path, errno);
    }
    struct stat about{};
    if (::fstat(parent.get(), &about) != 0) return missing(layer::landlock, "looking at " + path, errno);
    // Rights that only make sense for folders are refused by the kernel on a file.
    const std::uint64_t fitting = S_ISDIR(about.st_mode) ? allowed : allowed & fs::on_files;
    const PathAttr attr{.allowed = fitting, .parent_fd = parent.get()};
    if (::syscall(SYS_landlock_add_rule, ruleset, rule_path, &attr, 0) != 0) {
      return missing(layer::landlock, "adding the rule for " + path, errno);
    }
  }
  return base::Done{};
}

base::Status add_ports(int ruleset, const std::optional<std::vector<std::uint16_t>>& ports, std::uint64_t allowed) {
  if (!ports) return base::Done{};
  for (const auto port : *ports) {
    const PortAttr attr{.allowed = allowed, .port = port};
    if (::syscall(SYS_landlock_add_rule, ruleset, rule_port, &attr, 0) != 0) {
      return missing(layer::landlock, "adding the rule for port " + std::to_string(port), errno);
    }
  }
  return base::Done{};
}

base::Status add_rules(int ruleset, const LandlockRules& rules, std::uint64_t handled) {
  const std::uint64_t read = fs::read_file | fs::read_dir;
  const std::uint64_t device = fs::read_file | fs::read_dir | fs::write_file | fs::truncate | fs::ioctl_dev;
  X1_TRY(reads, add_paths(ruleset, rules.read, handled & read));
  X1_TRY(execs, add_paths(ruleset, rules.read_exec, handled & (read | fs::execute)));
  X1_TRY(writes, add_paths(ruleset, rules.write, handled & ~fs::make_devices & ~fs::ioctl_dev));
  X1_TRY(devices, add_paths(ruleset, rules.devices, handled & device));
  X1_TRY(connects, add_ports(ruleset, rules.tcp_connect, net_connect));
  return add_ports(ruleset, rules.tcp_bind, net_bind);
}

}  // namespace

int landlock_abi() noexcept {
  const long abi = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, create_version);
  return abi > 0 ? static_cast<int>(abi) : 0;
}

base::Result<int> apply_landlock(const LandlockRules& rules, int max_abi) {
  const int offered = landlock_abi();
  const int abi = std::min({offered, max_abi, landlock_newest});
  if (abi < 1) return missing(layer::landlock, "asking the kernel for ABI 1 or newer", offered < 1 ? ENOSYS : 0);
  const bool ports = rules.tcp_connect || rules.tcp_bind;
  if (ports && abi < 4) {
    return missing(layer::landlock, "limiting TCP (ABI 4, this is ABI " + std::to_string(abi) + ")", 0,
                   "use kernel 6.7 or newer");
  }

  RulesetAttr attr{.handled_fs = handled_at(abi)};
  if (rules.tcp_connect) attr.handled_net |= net_connect;
  if (rules.tcp_bind) attr.handled_net |= net_bind;
  if (abi >= 6) attr.scoped = scope_abstract_unix | scope_signal;
  // An older kernel takes the longer structure as long as what it does not know is zero.
  const os::Fd ruleset(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0)));
  if (!ruleset) return missing(layer::landlock, "creating the rule set", errno);

  X1_TRY(added, add_rules(ruleset.get(), rules, attr.handled_fs));
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return missing(layer::no_new_privileges, "setting it", errno);
  if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) {
    return missing(layer::landlock, "restricting this process", errno);
  }
  return abi;
}

}  // namespace x1::seal
