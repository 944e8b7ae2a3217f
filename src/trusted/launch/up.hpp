// up: starts the platform of one state folder, unless it runs already.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.hpp"

namespace x1::launch {

inline constexpr std::uint16_t usual_port = 7811;

struct UpOptions {
  std::string state;                // empty: default_state_folder()
  std::string programs;             // folder of the x1 programs; empty: where this program lies
  std::string share;                // providers, agents, Node; empty: beside the programs (../share/x1agent)
  std::uint16_t port = usual_port;  // 0: any. Another free one when it is taken
  bool foreground = false;          // stay, and end everything on SIGINT or SIGTERM
};

struct Running {
  std::string address;  // "http://127.0.0.1:7811"
  std::uint16_t port = 0;
  std::string state;
  bool already = false;  // somebody had started it before
};

// Calls `on_ready` once the platform serves. In the background it returns then; in the foreground it returns when the
// platform has ended. Fails with isolation_missing (the layer is named), unavailable (a program did not start),
// storage_failed. A failed start leaves no process behind.
[[nodiscard]] base::Result<Running> up(const UpOptions& options, const std::function<void(const Running&)>& on_ready);

// $X1_STATE_DIR, else /var/lib/x1agent for root, else $XDG_STATE_HOME/x1agent, else ~/.local/state/x1agent.
[[nodiscard]] std::string default_state_folder();

}  // namespace x1::launch
