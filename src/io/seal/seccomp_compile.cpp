// From rules to BPF, with libseccomp.
#include <fcntl.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string>

#include "os/fd.hpp"
#include "seal/missing.hpp"
#include "seal/seccomp.hpp"

namespace x1::seal {
namespace {

struct Release {
  void operator()(void* context) const noexcept { seccomp_release(context); }
};
using Context = std::unique_ptr<void, Release>;
using Arg = scmp_arg_cmp;

constexpr std::uint64_t any_namespace =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
constexpr std::uint64_t low_32 = 0xffffffffU;
constexpr std::uint64_t socket_type_bits = 0xf;  // above it: SOCK_CLOEXEC, SOCK_NONBLOCK

constexpr Arg equal(unsigned index, std::uint64_t value) { return {index, SCMP_CMP_EQ, value, 0}; }
constexpr Arg masked(unsigned index, std::uint64_t mask, std::uint64_t value) {
  return {index, SCMP_CMP_MASKED_EQ, mask, value};
}

using Alternatives = std::vector<std::vector<Arg>>;

std::vector<Arg> socket_of(std::uint64_t family, std::uint64_t type) {
  return {equal(0, family), masked(1, socket_type_bits, type)};
}

// Each inner list is one way to be allowed: all of its comparisons hold.
Alternatives alternatives(Check check) {
  switch (check) {
    case Check::clone_no_namespace: return {{masked(0, any_namespace, 0)}};
    case Check::clone_thread: return {{masked(0, any_namespace | CLONE_THREAD, CLONE_THREAD)}};
    case Check::socket_box:
      return {socket_of(AF_UNIX, SOCK_STREAM), socket_of(AF_UNIX, SOCK_DGRAM), socket_of(AF_UNIX, SOCK_SEQPACKET),
              socket_of(AF_INET, SOCK_STREAM), socket_of(AF_INET6, SOCK_STREAM)};
    case Check::socket_stream:
      return {socket_of(AF_UNIX, SOCK_STREAM), socket_of(AF_UNIX, SOCK_SEQPACKET), socket_of(AF_INET, SOCK_STREAM),
              socket_of(AF_INET6, SOCK_STREAM)};
    case Check::socket_resolver:
      return {socket_of(AF_UNIX, SOCK_STREAM),  socket_of(AF_UNIX, SOCK_SEQPACKET), socket_of(AF_INET, SOCK_STREAM),
              socket_of(AF_INET6, SOCK_STREAM), socket_of(AF_INET, SOCK_DGRAM),     socket_of(AF_INET6, SOCK_DGRAM)};
    case Check::socket_unix:
    case Check::socketpair_unix: return {{equal(0, AF_UNIX)}};
    case Check::no_exec_memory_map:
    case Check::no_exec_memory_prot: return {{masked(2, PROT_EXEC, 0)}};
    case Check::personality_query: return {{equal(0, low_32)}, {equal(0, 0)}};
    case Check::mknod_plain:
      return {{masked(1, S_IFMT, S_IFREG)}, {masked(1, S_IFMT, S_IFIFO)}, {masked(1, S_IFMT, 0)}};
    case Check::mknodat_plain:
      return {{masked(2, S_IFMT, S_IFREG)}, {masked(2, S_IFMT, S_IFIFO)}, {masked(2, S_IFMT, 0)}};
    case Check::ioctl_plain:
      return {{equal(1, FIONBIO)}, {equal(1, FIONREAD)}, {equal(1, TCGETS)}, {equal(1, FIOCLEX)}, {equal(1, FIONCLEX)}};
    case Check::open_read_only: return {{masked(2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY)}};
  }
  return {};
}

base::Error failed(std::string_view what, int negative_errno) { return missing(layer::seccomp, what, -negative_errno); }

base::Status add_groups(void* context, const std::vector<Names>& groups, std::uint32_t action) {
  for (const auto& group : groups) {
    for (const char* name : group) {
      const int number = seccomp_syscall_resolve_name(name);
      if (number == __NR_SCMP_ERROR || number < 0) continue;  // not a call of this machine: nothing to allow
      const int added = seccomp_rule_add_array(context, action, number, 0, nullptr);
      if (added != 0 && added != -EEXIST) return failed(std::string("allowing ") + name, added);
    }
  }
  return base::Done{};
}

base::Status add_checked(void* context, const std::vector<CheckedCall>& calls) {
  for (const auto& call : calls) {
    const int number = seccomp_syscall_resolve_name(call.name);
    for (const auto& arguments : alternatives(call.check)) {
      const int added = seccomp_rule_add_array(context, SCMP_ACT_ALLOW, number, static_cast<unsigned>(arguments.size()),
                                               arguments.data());
      if (added != 0 && added != -EEXIST) return failed(std::string("allowing some of ") + call.name, added);
    }
  }
  return base::Done{};
}

base::Result<std::vector<sock_filter>> exported(void* context) {
  const os::Fd file(::memfd_create("filter", MFD_CLOEXEC));
  if (!file) return missing(layer::seccomp, "making room for the filter", errno);
  if (const int written = seccomp_export_bpf(context, file.get()); written != 0) return failed("compiling", written);
  const auto size = ::lseek(file.get(), 0, SEEK_END);
  if (size <= 0 || size % static_cast<off_t>(sizeof(sock_filter)) != 0) return failed("measuring the filter", -EINVAL);
  std::vector<sock_filter> code(static_cast<std::size_t>(size) / sizeof(sock_filter));
  if (::pread(file.get(), code.data(), static_cast<std::size_t>(size), 0) != size) {
    return missing(layer::seccomp, "reading the filter", errno);
  }
  return code;
}

base::Result<Context> context_with(std::uint32_t otherwise, std::uint32_t other_abi) {
  Context context(seccomp_init(otherwise));
  if (!context) return failed("starting a filter", -ENOMEM);
  // i386 and x32 arrive here as “another architecture”.
  int set = seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, other_abi);
  if (set == 0) set = seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);  // a binary tree of numbers
  if (set != 0) return failed("setting up the filter", set);
  return context;
}

base::Result<std::vector<sock_filter>> allow_list(const ProfileRules& rules) {
  const std::uint32_t refuse = rules.refusal == Refusal::eperm ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_KILL_PROCESS;
  X1_TRY(context, context_with(refuse, refuse));
  X1_TRY(groups, add_groups(context.get(), rules.allowed, SCMP_ACT_ALLOW));
  X1_TRY(soft, add_groups(context.get(), rules.denied_softly, SCMP_ACT_ERRNO(EACCES)));
  X1_TRY(absent, add_groups(context.get(), rules.absent, SCMP_ACT_ERRNO(ENOSYS)));
  for (const auto number : rules.allowed_numbers) {
    const int added = seccomp_rule_add_array(context.get(), SCMP_ACT_ALLOW, static_cast<int>(number), 0, nullptr);
    if (added != 0 && added != -EEXIST) return failed("allowing call " + std::to_string(number), added);
  }
  X1_TRY(checked, add_checked(context.get(), rules.checked));
  return exported(context.get());
}

// The kernel reads an ioctl's request as 32 bits, so bits above them must not hide it (CVE-2019-10063).
base::Result<std::vector<sock_filter>> deny_list() {
  X1_TRY(context, context_with(SCMP_ACT_ALLOW, SCMP_ACT_ALLOW));
  for (const std::uint64_t request : {std::uint64_t{TIOCSTI}, std::uint64_t{TIOCLINUX}, std::uint64_t{TIOCSETD}}) {
    const std::array arguments{masked(1, low_32, request)};
    const int added = seccomp_rule_add_array(context.get(), SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl),
                                             static_cast<unsigned>(arguments.size()), arguments.data());
    if (added != 0) return failed("denying an ioctl", added);
  }
  return exported(context.get());
}

}  // namespace

base::Result<Filter> compile(Profile profile) {
  X1_TRY(allowed, allow_list(rules_of(profile)));
  X1_TRY(denied, deny_list());
  return Filter{.allowed = std::move(allowed), .denied = std::move(denied)};
}

base::Status apply(Profile profile) {
  X1_TRY(filter, compile(profile));
  return load(filter);
}

}  // namespace x1::seal
