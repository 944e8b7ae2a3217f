// The network namespace: joined or fresh; `lo` up; the listener that is handed out.
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <variant>

#include "sandbox/apply.hpp"
#include "sandbox/loopback.hpp"

namespace x1::sandbox {
namespace {

constexpr int listen_backlog = 128;

Failed hand_out_listener(const Prepared& prepared, std::uint16_t port) noexcept {
  const os::Fd listener(listen_on_loopback(port));
  if (!listener || !send_listener(prepared.status.get(), listener.get())) return failed(Step::listener);
  return no_failure;
}

}  // namespace

bool loopback_up() noexcept {
  const os::Fd control(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::memcpy(request.ifr_name, "lo", 3);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  return control && ::ioctl(control.get(), SIOCSIFFLAGS, &request) == 0;
}

int listen_on_loopback(std::uint16_t port) noexcept {
  os::Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  const bool listens =
      listener && ::bind(listener.get(), generic, sizeof address) == 0 && ::listen(listener.get(), listen_backlog) == 0;
  return listens ? listener.release() : -1;
}

bool send_listener(int status, int listener) noexcept {
  char kind = 'L';
  iovec part{.iov_base = &kind, .iov_len = 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> room{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = room.data();
  message.msg_controllen = room.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &listener, sizeof listener);
  return ::sendmsg(status, &message, MSG_NOSIGNAL) == 1;
}

Failed apply_network(const Prepared& prepared) noexcept {
  const auto& plan = *prepared.plan;
  if (const auto* joined = std::get_if<JoinNetwork>(&plan.network)) {
    if (plan.weaknesses.network_namespace) return no_failure;
    return ::setns(joined->fd, CLONE_NEWNET) == 0 ? no_failure : failed(Step::join_network);
  }
  if (std::holds_alternative<HostNetwork>(plan.network)) return no_failure;
  if (!plan.weaknesses.network_namespace && !loopback_up()) return failed(Step::loopback_up);
  if (const auto* listening = std::get_if<OwnWithListener>(&plan.network)) {
    return hand_out_listener(prepared, listening->port);
  }
  return no_failure;
}

Failed apply_hostname(const Prepared& prepared) noexcept {
  const auto& name = prepared.plan->hostname;
  return ::sethostname(name.data(), name.size()) == 0 ? no_failure : failed(Step::hostname);
}

}  // namespace x1::sandbox
