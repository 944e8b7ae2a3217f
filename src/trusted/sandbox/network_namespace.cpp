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

// In a process of its own, so that the starter never leaves its network namespace. Port 0: no listener.
[[noreturn]] void make_and_send(int socket, std::uint16_t port) {
  if (::unshare(CLONE_NEWNET) != 0 || !loopback_up()) ::_exit(errno);
  const os::Fd made(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!made || !os::send_with_fd(socket, "n", made.get()).ok()) ::_exit(made ? EIO : errno);
  if (port == 0) ::_exit(0);
  const os::Fd listener(listen_on_loopback(port));
  if (!listener) ::_exit(errno);
  ::_exit(os::send_with_fd(socket, "l", listener.get()).ok() ? 0 : EIO);
}

base::Result<ListeningNamespace> make(std::uint16_t port) {
  X1_TRY(ends, os::socket_pair());
  const pid_t child = ::fork();
  if (child < 0) return seal::missing(seal::layer::network_namespace, "starting a process for it", errno);
  if (child == 0) make_and_send(ends.second.get(), port);
  {
    const auto closed = std::move(ends.second);
  }
  ListeningNamespace out;
  auto network = os::receive_with_fd(ends.first.get(), 1);
  if (network.ok() && network->fd) out.network = std::move(*network->fd);
  if (port != 0 && out.network) {
    auto listener = os::receive_with_fd(ends.first.get(), 1);
    if (listener.ok() && listener->fd) out.listener = std::move(*listener->fd);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (out.network && (port == 0 || out.listener)) return out;
  return seal::missing(seal::layer::network_namespace, "making it", WIFEXITED(status) ? WEXITSTATUS(status) : EINTR);
}

}  // namespace

base::Result<os::Fd> make_network_namespace() {
  X1_TRY(made, make(0));
  return std::move(made.network);
}

base::Result<ListeningNamespace> make_listening_namespace(std::uint16_t port) { return make(port); }

}  // namespace x1::sandbox
