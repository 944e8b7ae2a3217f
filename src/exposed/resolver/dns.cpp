#include "resolver/dns.hpp"

#include <ares.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <optional>

namespace x1::resolver {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int try_for_ms = 1500;
constexpr int tries = 3;

base::Error failed(int status) {
  return {base::Code::unavailable, std::string("DNS could not be started: ") + ares_strerror(status) + ".", ""};
}

std::optional<std::string> text_of(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address->sa_family == AF_INET) bytes = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  if (address->sa_family == AF_INET6) bytes = &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  if (bytes == nullptr || inet_ntop(address->sa_family, bytes, text.data(), text.size()) == nullptr)
    return std::nullopt;
  return std::string(text.data());
}

std::vector<std::string> addresses_of(const ares_addrinfo* found) {
  std::vector<std::string> addresses;
  for (const int family : {AF_INET, AF_INET6}) {
    for (const auto* node = found->nodes; node != nullptr; node = node->ai_next) {
      if (node->ai_family != family || addresses.size() == max_addresses) continue;
      if (auto text = text_of(node->ai_addr)) addresses.push_back(std::move(*text));
    }
  }
  return addresses;
}

}  // namespace

bool is_host_name(std::string_view host) noexcept {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; };
  return !host.empty() && host.size() <= 253 && !host.starts_with('.') && !host.starts_with('-') &&
         host.find("..") == host.npos && std::ranges::all_of(host, fits);
}

struct Dns::State {
  ares_channel channel = nullptr;
  std::chrono::milliseconds deadline{};
  Done done;
  Clock::time_point until;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    done = nullptr;
    if (channel != nullptr) ares_destroy(channel);
  }

  void finish(std::vector<std::string> addresses) {
    const auto tell = std::exchange(done, nullptr);
    if (tell) tell(std::move(addresses));
  }

  static void on_found(void* self, int status, int, ares_addrinfo* found) {
    auto addresses = status == ARES_SUCCESS && found != nullptr ? addresses_of(found) : std::vector<std::string>();
    if (found != nullptr) ares_freeaddrinfo(found);
    static_cast<State*>(self)->finish(std::move(addresses));
  }
};

Dns::Dns(std::unique_ptr<State> state) : state_(std::move(state)) {}
Dns::Dns(Dns&&) noexcept = default;
Dns& Dns::operator=(Dns&&) noexcept = default;
Dns::~Dns() = default;

base::Result<Dns> Dns::open(const std::string& servers, std::chrono::milliseconds deadline) {
  if (const int status = ares_library_init(ARES_LIB_INIT_ALL); status != ARES_SUCCESS) return failed(status);
  auto state = std::make_unique<State>();
  state->deadline = deadline;
  std::string files_then_dns = "fb";
  ares_options options{};
  options.flags = ARES_FLAG_NOSEARCH;
  options.timeout = try_for_ms;
  options.tries = tries;
  options.lookups = files_then_dns.data();
  constexpr int given = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS;
  if (const int status = ares_init_options(&state->channel, &options, given); status != ARES_SUCCESS) {
    return failed(status);
  }
  if (!servers.empty()) {
    const int status = ares_set_servers_ports_csv(state->channel, servers.c_str());
    if (status != ARES_SUCCESS) return failed(status);
  }
  return Dns(std::move(state));
}

void Dns::lookup(const std::string& host, Done done) {
  X1_CHECK(!busy());
  if (!is_host_name(host)) return done({});
  state_->done = std::move(done);
  state_->until = Clock::now() + state_->deadline;
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = ARES_AI_NOSORT;  // sorting would open a socket to each address
  ares_getaddrinfo(state_->channel, host.c_str(), nullptr, &hints, &State::on_found, state_.get());
}

bool Dns::busy() const noexcept { return static_cast<bool>(state_->done); }

void Dns::watch(std::vector<pollfd>& polls) const {
  std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
  const auto bits = static_cast<unsigned>(ares_getsock(state_->channel, sockets.data(), ARES_GETSOCK_MAXNUM));
  for (unsigned i = 0; i < sockets.size(); ++i) {
    const bool readable = (bits >> i & 1U) != 0;
    const bool writable = (bits >> (i + ARES_GETSOCK_MAXNUM) & 1U) != 0;
    if (!readable && !writable) continue;
    const auto events = static_cast<short>((readable ? POLLIN : 0) | (writable ? POLLOUT : 0));
    polls.push_back({.fd = sockets.at(i), .events = events, .revents = 0});
  }
}

int Dns::timeout_ms() const {
  if (!busy()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(state_->until - Clock::now()).count();
  timeval most{.tv_sec = 60, .tv_usec = 0};
  timeval next{};
  ares_timeout(state_->channel, &most, &next);
  const auto step = next.tv_sec * 1000 + next.tv_usec / 1000 + 1;
  return static_cast<int>(std::max<long>(0, std::min<long>(step, left)));
}

void Dns::process(std::span<const pollfd> polls) {
  for (const auto& poll : polls) {
    const bool readable = (poll.revents & (POLLIN | POLLERR | POLLHUP)) != 0;
    const bool writable = (poll.revents & POLLOUT) != 0;
    if (!readable && !writable) continue;
    ares_process_fd(state_->channel, readable ? poll.fd : ARES_SOCKET_BAD, writable ? poll.fd : ARES_SOCKET_BAD);
  }
  ares_process_fd(state_->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  if (busy() && Clock::now() >= state_->until) ares_cancel(state_->channel);
}

}  // namespace x1::resolver
