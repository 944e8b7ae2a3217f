#include "seal/seccomp.hpp"

#include <doctest/doctest.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <functional>

using namespace x1::seal;

namespace {

// Runs `act` in a child under the profile: 0..255 is what it returned, 1000 + n the signal that ended it.
int under(Profile profile, const std::function<int()>& act) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (!apply(profile).ok()) ::_exit(99);
    ::_exit(act());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

int errno_of(long result) { return result < 0 ? errno : 0; }

}  // namespace

TEST_CASE("every profile compiles, and comes back whole from its bytes") {
  for (const Profile profile : all_profiles()) {
    CAPTURE(to_string(profile));
    const auto filter = compile(profile);
    REQUIRE(filter.ok());
    const auto again = decode_filter(encode(*filter));
    REQUIRE(again.ok());
    CHECK(again->allowed.size() == filter->allowed.size());
    CHECK(encode(*again) == encode(*filter));
    REQUIRE(profile_named(to_string(profile)) != nullptr);
    CHECK(*profile_named(to_string(profile)) == profile);
  }
}

TEST_CASE("bytes that are not a filter are refused") {
  auto bytes = encode(*compile(Profile::gate));
  bytes.pop_back();
  CHECK_FALSE(decode_filter(bytes).ok());
  CHECK_FALSE(decode_filter({}).ok());
}

TEST_CASE("an agent's socket families are those of the list") {
  const auto opened = [](int family, int type, int protocol) {
    return under(Profile::agent, [=] { return errno_of(::socket(family, type, protocol)); });
  };
  CHECK(opened(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) == 0);
  CHECK(opened(AF_UNIX, SOCK_DGRAM, 0) == 0);
  CHECK(opened(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0) == 0);
  CHECK(opened(AF_INET6, SOCK_STREAM, 0) == 0);
  CHECK(opened(AF_INET, SOCK_DGRAM, 0) == EPERM);
  CHECK(opened(AF_INET, SOCK_RAW, 1) == EPERM);
  CHECK(opened(AF_NETLINK, SOCK_RAW, 0) == EPERM);
  CHECK(opened(AF_PACKET, SOCK_RAW, 0) == EPERM);
  CHECK(opened(AF_VSOCK, SOCK_STREAM, 0) == EPERM);
}

TEST_CASE("an agent can't make a namespace in any of the three ways") {
  CHECK(under(Profile::agent, [] { return errno_of(::unshare(CLONE_NEWUSER)); }) == EPERM);
  CHECK(under(Profile::agent, [] { return errno_of(::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)); }) ==
        EPERM);
  CHECK(under(Profile::agent, [] { return errno_of(::syscall(SYS_clone3, nullptr, 0)); }) == ENOSYS);
}

TEST_CASE("the bits above an ioctl's 32 don't hide terminal injection") {
  const auto asked = [](unsigned long request) {
    return under(Profile::agent, [=] {
      char letter = 'x';
      return errno_of(::syscall(SYS_ioctl, 1, request, &letter));
    });
  };
  CHECK(asked(TIOCSTI) == EPERM);
  CHECK(asked(TIOCSTI | (1UL << 32)) == EPERM);
  CHECK(asked(TIOCSTI | (1UL << 63)) == EPERM);
}

TEST_CASE("calls of i386 and of x32 are refused as a whole") {
  const auto i386_getpid = [] {
    long result = 20;  // getpid
    asm volatile("int $0x80" : "+a"(result)::"memory", "r8", "r9", "r10", "r11");
    return static_cast<int>(result < 0 ? -result : 0);
  };
  CHECK(under(Profile::agent, i386_getpid) == EPERM);
  CHECK(under(Profile::gate, i386_getpid) == 1000 + SIGSYS);
  const auto x32_getpid = [] { return errno_of(::syscall(0x40000000 + SYS_getpid)); };
  CHECK(under(Profile::agent, x32_getpid) == EPERM);
  CHECK(under(Profile::gate, x32_getpid) == 1000 + SIGSYS);
}

TEST_CASE("gate is killed for a socket, a process, a program, and executable memory; a file is softly refused") {
  CHECK(under(Profile::gate, [] { return errno_of(::socket(AF_INET, SOCK_STREAM, 0)); }) == 1000 + SIGSYS);
  CHECK(under(Profile::gate, [] { return errno_of(::syscall(SYS_fork)); }) == 1000 + SIGSYS);
  CHECK(under(Profile::gate, [] { return errno_of(::syscall(SYS_execve, "/bin/true", nullptr, nullptr)); }) ==
        1000 + SIGSYS);
  CHECK(under(Profile::gate, [] {
          const auto flags = MAP_PRIVATE | MAP_ANONYMOUS;
          return ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, flags, -1, 0) == MAP_FAILED ? errno : 0;
        }) == 1000 + SIGSYS);
  CHECK(under(Profile::gate, [] { return errno_of(::access("/etc/passwd", R_OK)); }) == EACCES);
  CHECK(under(Profile::gate, [] { return 0; }) == 0);
}

TEST_CASE("dialer opens streams and no listener; broker the same") {
  for (const Profile profile : {Profile::dialer, Profile::broker}) {
    CHECK(under(profile, [] { return errno_of(::socket(AF_INET, SOCK_STREAM, 0)); }) == 0);
    CHECK(under(profile, [] { return errno_of(::socket(AF_INET, SOCK_DGRAM, 0)); }) == 1000 + SIGSYS);
    CHECK(under(profile, [] { return errno_of(::listen(0, 1)); }) == 1000 + SIGSYS);
    CHECK(under(profile, [] { return errno_of(::syscall(SYS_fork)); }) == 1000 + SIGSYS);
  }
}

TEST_CASE("calls that attack a kernel get EPERM from the agent's profile") {
  for (const long number : {SYS_mount,
                            SYS_bpf,
                            SYS_ptrace,
                            SYS_keyctl,
                            SYS_userfaultfd,
                            SYS_perf_event_open,
                            SYS_io_uring_setup,
                            SYS_setns,
                            SYS_pivot_root,
                            SYS_chroot,
                            SYS_open_by_handle_at,
                            SYS_name_to_handle_at,
                            SYS_process_vm_readv,
                            SYS_kexec_load,
                            SYS_init_module,
                            SYS_reboot,
                            SYS_acct,
                            SYS_quotactl,
                            SYS_fsopen,
                            SYS_move_mount,
                            SYS_add_key,
                            SYS_swapon,
                            SYS_kcmp}) {
    CAPTURE(number);
    CHECK(under(Profile::agent, [=] { return errno_of(::syscall(number, 0, 0, 0, 0, 0, 0)); }) == EPERM);
  }
}
