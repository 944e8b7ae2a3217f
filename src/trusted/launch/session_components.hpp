// The plans of one session's processes. Pure, as components.hpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "launch/installation.hpp"
#include "sandbox/plan.hpp"

namespace x1::launch {

// What is fixed about a session before anything of it runs.
struct SessionFacts {
  std::string id;
  base::TimePoint began = {};
  std::uint32_t place = 0;  // 0 to max_sessions - 1: decides its uids
  std::vector<std::string> command;
  bool adapter = false;
  std::string folder;  // the person's, to overlay; empty: a fresh workspace
  // Who owns that folder, as the supervisor sees it.
  std::uint32_t folder_uid = 0;
  std::uint32_t folder_gid = 0;
};

struct BrokerEnds {
  int gate = -1;
  int dialer = -1;
  int vault = -1;
  int supervisor = -1;
  int ready = -1;
  int credentials = -1;
};

// Knows nothing of a session but its place.
[[nodiscard]] sandbox::Plan gate_plan(const Installation& at, std::uint32_t place, int listener, int broker,
                                      int output);
[[nodiscard]] sandbox::Plan broker_plan(const Installation& at, const SessionFacts& session, int bus,
                                        const BrokerEnds& ends, const std::string& api_keys, int output);
[[nodiscard]] sandbox::Plan relay_plan(const Installation& at, const SessionFacts& session, std::uint32_t index,
                                       int bus, int listener, int output);
// Where a provider finds the bus, inside its network: the relay listens there.
inline constexpr std::uint16_t provider_bus_port = 4222;
struct ProviderEnds {
  int network = -1;  // made for it alone
  int credentials = -1;
};
[[nodiscard]] sandbox::Plan provider_plan(const Installation& at, const SessionFacts& session, std::uint32_t index,
                                          const std::string& domain, const ProviderEnds& ends, int output);

// The port at which an agent finds its sidecar, inside its network.
inline constexpr std::uint16_t agent_port = 9090;
// Its network namespace, made for it alone, and its terminal, or -1: then its output goes to `output`.
struct AgentEnds {
  int network = -1;
  int terminal = -1;
  int output = -1;
};
[[nodiscard]] sandbox::Plan agent_plan(const Installation& at, const SessionFacts& session, const AgentEnds& ends);

// Whether its command is the agent, for the one turn of one person. Else the adapter is, for all turns.
[[nodiscard]] bool runs_once(const SessionFacts& session);

// Which outside id the agent runs under. A person's folder that can't be shown under another owner (an ordinary user's
// supervisor can't) is opened to an agent with the person's own id, in its namespaces.
[[nodiscard]] std::uint32_t agent_id(const Installation& at, const SessionFacts& session);

}  // namespace x1::launch
