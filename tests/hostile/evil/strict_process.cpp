// A program of ours after an attacker took it over: it seals itself exactly as that program does, then makes one
// attempt. x1-evil --profile NAME --act NAME [--FLAG FD]…
// Exit: 40 the attempt got through, 41 it was refused with an error, 98 not sealed, 97 not in a box of ours.
#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "seal/process.hpp"
#include "seal/seccomp.hpp"

namespace {

constexpr int got_through = 40;
constexpr int refused = 41;
constexpr int not_in_a_box = 97;
constexpr int not_sealed = 98;
constexpr int handed_over = 3;  // the first descriptor that the plan passes
constexpr std::size_t page = 4096;

void say(std::string_view text) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

long i386_getpid() {
  long result = 20;
  asm volatile("int $0x80" : "+a"(result)::"memory", "r8", "r9", "r10", "r11");
  return result;
}

long connect_to_lo() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(1);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::syscall(SYS_connect, handed_over, &address, sizeof address);
}

long make_executable() {
  void* memory = ::mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return ::syscall(SYS_mprotect, memory, page, PROT_READ | PROT_EXEC);
}

long read_another(long number) {
  std::array<char, 16> buffer{};
  iovec local{buffer.data(), buffer.size()};
  iovec remote{buffer.data(), buffer.size()};
  return ::syscall(number, ::getpid(), &local, 1, &remote, 1, 0);
}

long execute(int folder, const char* path, int flags) {
  const std::array<const char*, 2> words{"true", nullptr};
  const std::array<const char*, 1> environment{nullptr};
  return ::syscall(SYS_execveat, folder, path, words.data(), environment.data(), flags);
}

long execute_memory() {
  const long file = ::syscall(SYS_memfd_create, "x", 0);
  return execute(static_cast<int>(file), "", AT_EMPTY_PATH);
}

long in_child(long pid) {
  if (pid == 0) ::_exit(0);
  return pid;
}

struct Act {
  std::string_view name;
  long (*run)();
};

const std::array acts{
    Act{"socket-inet", [] { return ::syscall(SYS_socket, AF_INET, SOCK_STREAM, 0); }},
    Act{"socket-inet6", [] { return ::syscall(SYS_socket, AF_INET6, SOCK_STREAM, 0); }},
    Act{"socket-unix", [] { return ::syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0); }},
    Act{"socket-datagram", [] { return ::syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0); }},
    Act{"socket-raw", [] { return ::syscall(SYS_socket, AF_INET, SOCK_RAW, 1); }},
    Act{"socket-netlink", [] { return ::syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 0); }},
    Act{"socket-vsock", [] { return ::syscall(SYS_socket, AF_VSOCK, SOCK_STREAM, 0); }},
    Act{"connect", connect_to_lo},
    Act{"bind", [] { return ::syscall(SYS_bind, handed_over, nullptr, 0); }},
    Act{"listen", [] { return ::syscall(SYS_listen, handed_over, 1); }},
    Act{"open-read", [] { return ::syscall(SYS_openat, AT_FDCWD, "/usr/bin/true", O_RDONLY); }},
    Act{"open-write", [] { return ::syscall(SYS_openat, AT_FDCWD, "/taken", O_WRONLY | O_CREAT, 0600); }},
    Act{"unlink", [] { return ::syscall(SYS_unlink, "/usr/bin/true"); }},
    Act{"list-folder", [] { return ::syscall(SYS_getdents64, handed_over, nullptr, 0); }},
    Act{"execute", [] { return execute(AT_FDCWD, "/usr/bin/true", 0); }},
    Act{"execute-memory", execute_memory},
    Act{"fork", [] { return in_child(::syscall(SYS_fork)); }},
    Act{"clone-namespace", [] { return in_child(::syscall(SYS_clone, CLONE_NEWUSER | 17, 0, 0, 0, 0)); }},
    Act{"clone3", [] { return ::syscall(SYS_clone3, nullptr, 0); }},
    Act{"unshare", [] { return ::syscall(SYS_unshare, CLONE_NEWNS); }},
    Act{"setns", [] { return ::syscall(SYS_setns, handed_over, 0); }},
    Act{"mount", [] { return ::syscall(SYS_mount, "none", "/", nullptr, 0, nullptr); }},
    Act{"chroot", [] { return ::syscall(SYS_chroot, "/usr"); }},
    Act{"ptrace", [] { return ::syscall(SYS_ptrace, 0, 0, 0, 0); }},
    Act{"read-memory-of-others", [] { return read_another(SYS_process_vm_readv); }},
    Act{"write-memory-of-others", [] { return read_another(SYS_process_vm_writev); }},
    Act{"kill", [] { return ::syscall(SYS_kill, ::getpid(), 0); }},
    Act{"pidfd-open", [] { return ::syscall(SYS_pidfd_open, ::getpid(), 0); }},
    Act{"pidfd-getfd", [] { return ::syscall(SYS_pidfd_getfd, handed_over, 0, 0); }},
    Act{"map-executable",
        [] { return ::syscall(SYS_mmap, nullptr, page, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }},
    Act{"make-executable", make_executable},
    Act{"type-into-terminal",
        [] {
          char letter = 'y';
          return ::syscall(SYS_ioctl, STDIN_FILENO, TIOCSTI, &letter);
        }},
    Act{"bpf", [] { return ::syscall(SYS_bpf, 0, nullptr, 0); }},
    Act{"io-uring", [] { return ::syscall(SYS_io_uring_setup, 1, nullptr); }},
    Act{"keyctl", [] { return ::syscall(SYS_keyctl, 0, 0); }},
    Act{"userfaultfd", [] { return ::syscall(SYS_userfaultfd, 0); }},
    Act{"become-root", [] { return ::syscall(SYS_setuid, 0); }},
    Act{"i386", i386_getpid},
    Act{"x32", [] { return ::syscall(0x40000000 + SYS_getpid); }},
};

// Nothing that could reach a network is tried where there is more than loopback.
bool only_loopback_here() {
  auto* const interfaces = ::if_nameindex();
  if (interfaces == nullptr) return false;
  const std::span listed(interfaces, 2);
  const bool alone =
      listed[0].if_name != nullptr && std::strcmp(listed[0].if_name, "lo") == 0 && listed[1].if_index == 0;
  ::if_freenameindex(interfaces);
  return alone;
}

struct Order {
  const x1::seal::Profile* profile = nullptr;
  const Act* act = nullptr;
  std::vector<int> keep{STDIN_FILENO, STDERR_FILENO};
};

Order read_order(std::span<char* const> words) {
  Order order;
  for (std::size_t at = 1; at + 1 < words.size(); at += 2) {
    const std::string_view flag = words[at];
    const std::string_view value = words[at + 1];
    int number = -1;
    if (flag == "--profile") {
      order.profile = x1::seal::profile_named(value);
    } else if (flag == "--act") {
      const auto* found = std::ranges::find(acts, value, &Act::name);
      if (found != acts.end()) order.act = found;
    } else if (std::from_chars(value.data(), std::to_address(value.end()), number).ec == std::errc()) {
      order.keep.push_back(number);
    }
  }
  return order;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char* const> words(argv, static_cast<std::size_t>(argc));
  if (words.size() == 2 && std::string_view(words[1]) == "--list") {
    for (const auto& act : acts)
      say(std::string(act.name) + "\n");
    return 0;
  }
  const auto order = read_order(words);
  if (order.profile == nullptr || order.act == nullptr) return not_sealed;
  if (!only_loopback_here()) return not_in_a_box;
  if (!x1::seal::seal_process(order.keep).ok() || !x1::seal::apply(*order.profile).ok()) return not_sealed;
  say("sealed\n");
  const long result = order.act->run();
  ::_exit(result < 0 ? refused : got_through);
}
