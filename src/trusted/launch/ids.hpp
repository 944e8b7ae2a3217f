// Which uid each process runs under: one each, so that no two of them can touch each other's files or processes.
#pragma once

#include <cstdint>

#include "sandbox/plan.hpp"
#include "sandbox/user_namespace.hpp"

namespace x1::launch {

enum class Seat : std::uint32_t { nats = 1, vault, vault_dialer, vault_resolver, api, edge };
enum class SessionSeat : std::uint32_t { gate, broker, dialer, resolver, agent, first_provider };

inline constexpr std::uint32_t ids_per_session = 16;
inline constexpr std::uint32_t max_sessions = 2000;
// Two ids a provider: itself and its relay.
inline constexpr std::uint32_t max_providers = 5;

class OutsideIds {
 public:
  // Root of the machine: a range above what accounts, containers and systemd hand out. Else: of the subordinate ids.
  explicit OutsideIds(const sandbox::Ids& ids)
      : base_(ids.is_machine_root ? 0x7000'0000U : ids.first_free), machine_root_(ids.is_machine_root) {}

  [[nodiscard]] std::uint32_t of(Seat seat) const noexcept { return base_ + static_cast<std::uint32_t>(seat); }
  // `place` is the session's, from 0 to max_sessions - 1.
  [[nodiscard]] std::uint32_t of(std::uint32_t place, SessionSeat seat) const noexcept {
    return base_ + 100 + place * ids_per_session + static_cast<std::uint32_t>(seat);
  }
  [[nodiscard]] std::uint32_t of_provider(std::uint32_t place, std::uint32_t index) const noexcept {
    return of(place, SessionSeat::first_provider) + 2 * index;
  }
  [[nodiscard]] std::uint32_t of_relay(std::uint32_t place, std::uint32_t index) const noexcept {
    return of_provider(place, index) + 1;
  }
  [[nodiscard]] bool machine_root() const noexcept { return machine_root_; }

 private:
  std::uint32_t base_;
  bool machine_root_;
};

}  // namespace x1::launch
