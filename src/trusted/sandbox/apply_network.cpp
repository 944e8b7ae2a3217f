// The network namespace: joined or fresh; `lo` up; and what listens in one that is made beforehand.
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <variant>

#include "sandbox/apply.hpp"
#include "sandbox/loopback.hpp"

namespace x1::sandbox {
namespace {

constexpr int listen_backlog = 128;

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

Failed apply_network(const Prepared& prepared) noexcept {
  const auto& plan = *prepared.plan;
  if (const auto* joined = std::get_if<JoinNetwork>(&plan.network)) {
    if (plan.weaknesses.network_namespace) return no_failure;
    return ::setns(joined->fd, CLONE_NEWNET) == 0 ? no_failure : failed(Step::join_network);
  }
  if (std::holds_alternative<HostNetwork>(plan.network)) return no_failure;
  if (!plan.weaknesses.network_namespace && !loopback_up()) return failed(Step::loopback_up);
  return no_failure;
}

Failed apply_hostname(const Prepared& prepared) noexcept {
  const auto& name = prepared.plan->hostname;
  return ::sethostname(name.data(), name.size()) == 0 ? no_failure : failed(Step::hostname);
}

}  // namespace x1::sandbox
