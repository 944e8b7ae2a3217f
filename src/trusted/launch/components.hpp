// Components: the plan of each process of the platform. Pure: same installation and descriptors, same plan.
#pragma once

#include "launch/installation.hpp"
#include "sandbox/plan.hpp"

namespace x1::launch {

// Descriptors are the supervisor's numbers; each stays the supervisor's own. `output` takes stdout and stderr.
struct VaultEnds {
  int supervisor = -1;
  int dialer = -1;
  int ready = -1;
};
// Public keys, as text: of the vault's own dialer, and of who signs turns and consents; and the port of the platform's
// own interface, to which no connection may lead.
struct VaultFacts {
  std::string dialer;
  std::string api_keys;  // JSON
  std::uint16_t port = 0;
};
struct DialerEnds {
  int client = -1;  // the broker or the vault
  int resolver = -1;
  int ready = -1;
};
struct ApiEnds {
  int edge = -1;
  int vault = -1;
  int supervisor = -1;
};
struct EdgeEnds {
  int api = -1;
  int tcp = -1;
  int local = -1;
};

[[nodiscard]] sandbox::Plan nats_plan(const Installation& at, int bus, int output);
[[nodiscard]] sandbox::Plan vault_plan(const Installation& at, const VaultEnds& ends, const VaultFacts& facts,
                                       int output);
// Of the vault and of each session alike.
[[nodiscard]] sandbox::Plan dialer_plan(const Installation& at, std::string name, std::uint32_t outside_id,
                                        const DialerEnds& ends, int output);
[[nodiscard]] sandbox::Plan resolver_plan(const Installation& at, std::string name, std::uint32_t outside_id,
                                          int dialer, int output);
[[nodiscard]] sandbox::Plan api_plan(const Installation& at, int bus, const ApiEnds& ends, int output);
[[nodiscard]] sandbox::Plan edge_plan(const Installation& at, const EdgeEnds& ends, int output);

}  // namespace x1::launch
