// A1: every way to another machine, another process or the kernel's own network interfaces. The addresses are those
// reserved for documentation, and main() has proven before that there is no interface but lo.
#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <span>
#include <sstream>
#include <system_error>

#include "attempt.hpp"

namespace x1::probe {
namespace {

constexpr const char* internet_4 = "192.0.2.1";
constexpr const char* internet_6 = "2001:db8::1";
constexpr const char* metadata = "169.254.169.254";

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] const sockaddr* generic() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Address address_of(const std::string& text, int port) {
  Address out;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(static_cast<std::uint16_t>(port));
    std::memcpy(&out.storage, &v4, sizeof v4);
    out.size = sizeof v4;
  } else if (::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(static_cast<std::uint16_t>(port));
    std::memcpy(&out.storage, &v6, sizeof v6);
    out.size = sizeof v6;
  }
  return out;
}

Outcome connect_to(const std::string& host, int port, int type) {
  const auto address = address_of(host, port);
  const int fd = ::socket(address.storage.ss_family, type, 0);
  if (fd < 0) return by_result(fd);
  return by_result(::connect(fd, address.generic(), address.size));
}

// A datagram that is only queued for sending counts as got through.
Outcome send_to(const std::string& host, int port) {
  const auto address = address_of(host, port);
  const int fd = ::socket(address.storage.ss_family, SOCK_DGRAM, 0);
  if (fd < 0) return by_result(fd);
  return by_result(::sendto(fd, "?", 1, 0, address.generic(), address.size));
}

// On loopback a datagram always leaves; what counts is whether anybody was there to take it.
Outcome ask(const std::string& host, int port) {
  const auto address = address_of(host, port);
  const int fd = ::socket(address.storage.ss_family, SOCK_DGRAM, 0);
  if (fd < 0) return by_result(fd);
  if (::connect(fd, address.generic(), address.size) != 0 || ::send(fd, "?", 1, 0) != 1) return by_result(-1);
  char answer = 0;
  return by_result(::recv(fd, &answer, 1, 0));
}

Outcome raw_to(const std::string& host, int type, int protocol) {
  const auto address = address_of(host, 0);
  const int fd = ::socket(address.storage.ss_family, type, protocol);
  if (fd < 0) return by_result(fd);
  const std::string echo_request("\x08\x00\xf7\xff\x00\x00\x00\x00", 8);
  return by_result(::sendto(fd, echo_request.data(), echo_request.size(), 0, address.generic(), address.size));
}

Outcome opens(int family, int type, int protocol) { return by_result(::socket(family, type, protocol)); }

Outcome abstract_socket(const std::string& name) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0) return by_result(fd);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto room = std::span(address.sun_path).subspan(1);  // a zero byte comes first
  name.copy(room.data(), room.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  return by_result(::connect(fd, reinterpret_cast<const sockaddr*>(&address), size));
}

Outcome set_interface_up() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) return by_result(fd);
  ifreq request{};
  std::memcpy(request.ifr_name, "lo", 3);
  request.ifr_flags = 0;
  return by_result(::ioctl(fd, SIOCSIFFLAGS, &request));
}

}  // namespace

bool alone_with_loopback() {
  std::istringstream lines(text_of("/proc/self/net/dev"));
  std::string line;
  int interfaces = 0;
  while (std::getline(lines, line)) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;  // the two lines of headings
    const auto start = line.find_first_not_of(' ');
    if (line.substr(start, colon - start) != "lo") return false;
    ++interfaces;
  }
  return interfaces == 1;
}

void add_network(std::vector<Attempt>& attempts, const Targets& targets) {
  const auto add = [&](std::string name, std::function<Outcome()> act) {
    attempts.push_back({std::move(name), "A1", std::move(act)});
  };
  add("internet-tcp-ipv4", [] { return connect_to(internet_4, 443, SOCK_STREAM); });
  add("internet-tcp-ipv6", [] { return connect_to(internet_6, 443, SOCK_STREAM); });
  add("internet-tcp-mapped", [] { return connect_to("::ffff:192.0.2.1", 443, SOCK_STREAM); });
  add("internet-udp-ipv4", [] { return send_to(internet_4, 443); });
  add("internet-udp-ipv6", [] { return send_to(internet_6, 443); });
  add("dns-udp", [] { return send_to("192.0.2.53", 53); });
  add("dns-udp-stub-resolver", [] { return ask("127.0.0.53", 53); });
  add("dns-tcp", [] { return connect_to("192.0.2.53", 53, SOCK_STREAM); });
  add("metadata-address", [] { return connect_to(metadata, 80, SOCK_STREAM); });
  add("broadcast-udp", [] { return send_to("255.255.255.255", 9); });
  add("icmp-ping", [] { return raw_to(internet_4, SOCK_DGRAM, IPPROTO_ICMP); });
  add("icmp-raw", [] { return raw_to(internet_4, SOCK_RAW, IPPROTO_ICMP); });
  add("raw-ip", [] { return opens(AF_INET, SOCK_RAW, IPPROTO_RAW); });
  add("raw-ipv6", [] { return opens(AF_INET6, SOCK_RAW, IPPROTO_RAW); });
  add("packet-socket", [] { return opens(AF_PACKET, SOCK_RAW, 0); });
  add("netlink-route", [] { return opens(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE); });
  add("netlink-audit", [] { return opens(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT); });
  add("vsock", [] { return opens(AF_VSOCK, SOCK_STREAM, 0); });
  add("socket-family-alg", [] { return opens(AF_ALG, SOCK_SEQPACKET, 0); });
  add("socket-family-bluetooth", [] { return opens(AF_BLUETOOTH, SOCK_RAW, 0); });
  add("socket-sctp", [] { return opens(AF_INET, SOCK_STREAM, IPPROTO_SCTP); });
  add("configure-interface", [] { return set_interface_up(); });
  for (const int port : targets.loopback_ports) {
    add("host-loopback-" + std::to_string(port), [=] { return connect_to("127.0.0.1", port, SOCK_STREAM); });
    add("host-loopback-ipv6-" + std::to_string(port), [=] { return connect_to("::1", port, SOCK_STREAM); });
  }
  for (const auto& name : targets.abstract_sockets)
    add("abstract-socket-" + name, [=] { return abstract_socket(name); });
}

}  // namespace x1::probe
