// Dns: names to addresses by c-ares, one name at a time, on sockets that a poll loop watches. It reads hostile bytes
// (DNS answers), so it lives in a process that holds nothing; NSS and its modules are never loaded.
#pragma once

#include <poll.h>

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace x1::resolver {

inline constexpr std::chrono::milliseconds lookup_deadline{5000};
inline constexpr std::size_t max_addresses = 16;

// Lower-case letters, digits, '-' and '.', at most 253 bytes: what is asked for at all.
[[nodiscard]] bool is_host_name(std::string_view host) noexcept;

class Dns {
 public:
  // Text forms, IPv4 first; empty when there are none, or the lookup failed.
  using Done = std::function<void(std::vector<std::string> addresses)>;

  // Reads the system's configuration (/etc/resolv.conf). `servers` replaces its servers ("127.0.0.1:5353", for tests);
  // `deadline` is how long one lookup may take. Fails with unavailable.
  [[nodiscard]] static base::Result<Dns> open(const std::string& servers = {},
                                              std::chrono::milliseconds deadline = lookup_deadline);
  Dns(Dns&&) noexcept;
  Dns& operator=(Dns&&) noexcept;
  ~Dns();

  // Only when not busy. /etc/hosts first, then A and AAAA; no search domains. `done` may be called from inside.
  void lookup(const std::string& host, Done done);
  [[nodiscard]] bool busy() const noexcept;

  // What a poll loop waits for, and for how long at most (-1: for ever); then what it found.
  void watch(std::vector<pollfd>& polls) const;
  [[nodiscard]] int timeout_ms() const;
  void process(std::span<const pollfd> polls);

 private:
  struct State;
  explicit Dns(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace x1::resolver
