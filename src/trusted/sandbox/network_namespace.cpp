#include "sandbox/network_namespace.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "os/socket.hpp"
#include "sandbox/loopback.hpp"
#include "seal/missing.hpp"

namespace x1::sandbox {
namespace {

// In a process of its own, so that the starter never leaves its network namespace.
[[noreturn]] void make_and_send(int socket) {
  if (::unshare(CLONE_NEWNET) != 0 || !loopback_up()) ::_exit(errno);
  const os::Fd made(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!made) ::_exit(errno);
  ::_exit(os::send_with_fd(socket, "n", made.get()).ok() ? 0 : EIO);
}

}  // namespace

base::Result<os::Fd> make_network_namespace() {
  X1_TRY(ends, os::socket_pair());
  const pid_t child = ::fork();
  if (child < 0) return seal::missing(seal::layer::network_namespace, "starting a process for it", errno);
  if (child == 0) make_and_send(ends.second.get());
  {
    const auto closed = std::move(ends.second);
  }
  auto received = os::receive_with_fd(ends.first.get(), 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (received.ok() && received->fd) return std::move(*received->fd);
  return seal::missing(seal::layer::network_namespace, "making it", WIFEXITED(status) ? WEXITSTATUS(status) : EINTR);
}

}  // namespace x1::sandbox
