// A1: the kernel interfaces that get around a sandbox, or out of one.
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <system_error>

#include "attempt.hpp"

namespace x1::probe {
namespace {

// The result of a call as a 32-bit program would make it: a filter that knows 64-bit numbers only sees another call.
long i386_call(long number) {
  long result = number;
  asm volatile("int $0x80" : "+a"(result) : "b"(0L), "c"(0L), "d"(0L) : "memory", "r8", "r9", "r10", "r11");
  return result;
}

Outcome i386() {
  constexpr long getpid_i386 = 20;
  const long result = i386_call(getpid_i386);
  if (result > 0) return got_through("getpid answered " + std::to_string(result));
  errno = static_cast<int>(-result);
  return by_result(-1);
}

// ENOSYS would mean that nothing but the kernel's configuration stands in the way.
Outcome x32() {
  constexpr long x32_bit = 0x40000000;
  if (::syscall(x32_bit + SYS_getpid) >= 0) return got_through("getpid answered");
  return errno == ENOSYS ? got_through("no filter: the kernel lacks it") : by_result(-1);
}

Outcome cloned(unsigned long flags) {
  const long child = ::syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) ::_exit(0);
  return by_result(child);
}

Outcome clone3_newuser() {
  clone_args arguments{};
  arguments.flags = CLONE_NEWUSER;
  arguments.exit_signal = SIGCHLD;
  const long child = ::syscall(SYS_clone3, &arguments, sizeof arguments);
  if (child == 0) ::_exit(0);
  return by_result(child);
}

Outcome io_uring() {
  io_uring_params parameters{};
  return by_result(::syscall(SYS_io_uring_setup, 4, &parameters));
}

Outcome bpf() {
  bpf_attr attributes{};
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = 4;
  attributes.value_size = 4;
  attributes.max_entries = 1;
  return by_result(::syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes));
}

Outcome perf() {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.size = sizeof attributes;
  attributes.config = PERF_COUNT_SW_CPU_CLOCK;
  attributes.exclude_kernel = 1;
  return by_result(::syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0));
}

Outcome key() { return by_result(::syscall(SYS_add_key, "user", "x1", "x", 1, -2 /* process keyring */)); }

Outcome read_parent_memory() {
  char here = 0;
  const iovec local{.iov_base = &here, .iov_len = 1};
  const iovec remote{.iov_base = &here, .iov_len = 1};
  return by_result(::syscall(SYS_process_vm_readv, ::getppid(), &local, 1, &remote, 1, 0));
}

Outcome terminal_injection(unsigned long request) {
  char letter = 'y';
  return by_result(::syscall(SYS_ioctl, STDIN_FILENO, request, &letter));
}

Outcome join(const char* path, int type) {
  const int fd = ::open(path, O_RDONLY);
  if (fd < 0) return by_result(fd);
  return by_result(::setns(fd, type));
}

Outcome handle_of_root() {
  struct {
    file_handle head;
    char room[128];
  } handle{};
  handle.head.handle_bytes = sizeof handle.room;
  int mount = 0;
  return by_result(::syscall(SYS_name_to_handle_at, AT_FDCWD, "/", &handle, &mount, 0));
}

Outcome open_inode_2() {
  // The root of an ext4 file system, by number: how a container with the right capability walks out.
  struct {
    file_handle head;
    unsigned char bytes[8];
  } handle{};
  handle.head.handle_bytes = 8;
  handle.head.handle_type = 1;
  handle.bytes[0] = 2;
  const int mount = ::open("/usr", O_RDONLY);
  return by_result(::syscall(SYS_open_by_handle_at, mount, &handle, O_RDONLY));
}

}  // namespace

void add_kernel(std::vector<Attempt>& attempts) {
  const auto add = [&](std::string name, std::function<Outcome()> act) {
    attempts.push_back({std::move(name), "A1", std::move(act)});
  };
  add("abi-i386", i386);
  add("abi-x32", x32);
  add("io-uring", io_uring);
  add("unshare-user", [] { return by_result(::unshare(CLONE_NEWUSER)); });
  add("unshare-mount", [] { return by_result(::unshare(CLONE_NEWNS)); });
  add("unshare-net", [] { return by_result(::unshare(CLONE_NEWNET)); });
  add("clone-user", [] { return cloned(CLONE_NEWUSER); });
  add("clone-net", [] { return cloned(CLONE_NEWUSER | CLONE_NEWNET); });
  add("clone3-user", clone3_newuser);
  add("setns-net-of-init", [] { return join("/proc/1/ns/net", CLONE_NEWNET); });
  add("setns-user-of-init", [] { return join("/proc/1/ns/user", CLONE_NEWUSER); });
  add("mount-tmpfs", [] { return by_result(::mount("x", "/tmp", "tmpfs", 0, nullptr)); });
  add("mount-proc", [] { return by_result(::mount("x", "/tmp", "proc", 0, nullptr)); });
  add("remount-usr-writable",
      [] { return by_result(::mount(nullptr, "/usr", nullptr, MS_REMOUNT | MS_BIND, nullptr)); });
  add("umount-usr", [] { return by_result(::umount2("/usr", MNT_DETACH)); });
  add("fsopen", [] { return by_result(::syscall(SYS_fsopen, "tmpfs", 0)); });
  add("open-tree", [] { return by_result(::syscall(SYS_open_tree, AT_FDCWD, "/", 1 /* clone */)); });
  add("pivot-root", [] { return by_result(::syscall(SYS_pivot_root, "/tmp", "/tmp")); });
  add("chroot", [] { return by_result(::chroot("/tmp")); });
  // SEIZE and not ATTACH: where it works it must not stop the process that ends the box.
  add("ptrace-init", [] { return by_result(::ptrace(PTRACE_SEIZE, 1, nullptr, nullptr)); });
  add("ptrace-seize-parent", [] { return by_result(::ptrace(PTRACE_SEIZE, ::getppid(), nullptr, nullptr)); });
  add("process-vm-readv", read_parent_memory);
  add("kcmp", [] { return by_result(::syscall(SYS_kcmp, ::getpid(), ::getppid(), 0, 0, 0)); });
  add("bpf", bpf);
  add("perf-event", perf);
  add("add-key", key);
  add("keyctl", [] { return by_result(::syscall(SYS_keyctl, 0 /* get id */, -3 /* session */, 0)); });
  add("userfaultfd", [] { return by_result(::syscall(SYS_userfaultfd, UFFD_USER_MODE_ONLY)); });
  add("kexec", [] { return by_result(::syscall(SYS_kexec_load, 0, 0, nullptr, 0)); });
  add("init-module", [] { return by_result(::syscall(SYS_init_module, "", 0, "")); });
  add("acct", [] { return by_result(::syscall(SYS_acct, nullptr)); });
  add("swapoff", [] { return by_result(::syscall(SYS_swapoff, "/tmp/x")); });
  add("sethostname", [] { return by_result(::sethostname("owned", 5)); });
  add("settime", [] {
    timespec now{};  // the time as it is: harmless where it works
    ::clock_gettime(CLOCK_REALTIME, &now);
    return by_result(::clock_settime(CLOCK_REALTIME, &now));
  });
  add("personality", [] { return by_result(::syscall(SYS_personality, 0x0040000 /* no randomisation */)); });
  add("syslog", [] { return by_result(::syscall(SYS_syslog, 3, nullptr, 0)); });
  add("quotactl", [] { return by_result(::syscall(SYS_quotactl, 0x800001 /* sync */, nullptr, 0, nullptr)); });
  add("tiocsti", [] { return terminal_injection(TIOCSTI); });
  add("tiocsti-high-bits", [] { return terminal_injection(TIOCSTI | (1UL << 32)); });
  add("tioclinux", [] { return terminal_injection(TIOCLINUX); });
  add("name-to-handle", handle_of_root);
  add("open-by-handle", open_inode_2);
}

}  // namespace x1::probe
