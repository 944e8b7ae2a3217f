// The boxes that the platform makes, as plans: pure functions from what differs to all that a box is.
#pragma once

#include <string>
#include <vector>

#include "sandbox/plan.hpp"

namespace x1::sandbox {

// /usr and the usr-merge links, a generated minimal /etc, /proc, /dev: what any program needs to start.
[[nodiscard]] std::vector<Mount> base_mounts(const Identity& identity, bool terminals);

// The agent's environment: exactly SESSION_ID, X1_URL and constants, then what an operator bound (A2).
[[nodiscard]] std::vector<std::string> agent_environment(const std::string& session, std::uint16_t port,
                                                         const std::vector<std::string>& bound);

// Where the box's changing files are. `folder` is bound read-write; an overlay shows a person's own folder instead.
struct OwnWorkspace {
  std::string folder;  // on the machine, owned by the box's outside id
};
using Workspace = std::variant<OwnWorkspace, Overlay>;  // an Overlay's target is replaced by /workspace

struct AgentBox {
  std::string session;
  std::string init_program;  // x1-init on the machine
  std::string bundle;        // a folder shown read-only at /opt/x1, or empty
  std::string program;       // inside
  std::vector<std::string> arguments;
  std::vector<std::string> bound_environment;
  Identity identity;
  std::uint16_t port = 9090;  // the sidecar's, on 127.0.0.1 inside; start() hands its listener out
  Workspace workspace = OwnWorkspace{};
  Stdio stdio;
  std::uint64_t memory_bytes = std::uint64_t{4} << 30;
  std::uint64_t processes = 512;
  std::uint64_t tmpfs_bytes = std::uint64_t{1} << 30;
};
[[nodiscard]] Plan agent_plan(const AgentBox& box);

// A program of ours or a third party's: /usr, its own bundle, one folder of state at /state.
struct ServiceBox {
  std::string name;
  std::string bundle;  // shown read-only at /opt/x1, or empty
  std::string state;   // shown at /state, or empty
  std::string program;
  std::vector<std::string> arguments;
  Identity identity;
  Network network = OwnLoopback{};
};
[[nodiscard]] Plan service_plan(const ServiceBox& box);

}  // namespace x1::sandbox
