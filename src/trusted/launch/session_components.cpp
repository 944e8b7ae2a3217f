#include "launch/session_components.hpp"

#include "launch/plan_parts.hpp"

namespace x1::launch {
namespace {

constexpr std::uint64_t mebibyte = 1ULL << 20;

std::string name_of(std::string_view what, std::uint32_t place) {
  return std::string(what) + "-" + std::to_string(place);
}
std::string name_of(std::string_view what, const SessionFacts& session) { return name_of(what, session.place); }

// Enough of /etc for ordinary programs, and nothing of the machine's own.
void add_etc(sandbox::Plan& plan) {
  plan.mounts.emplace_back(
      sandbox::File{"/etc/passwd", "agent:x:1000:1000::/home/agent:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n"});
  plan.mounts.emplace_back(sandbox::File{"/etc/group", "agent:x:1000:\nnogroup:x:65534:\n"});
  plan.mounts.emplace_back(sandbox::File{"/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n"});
  plan.mounts.emplace_back(sandbox::File{"/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"});
  plan.mounts.emplace_back(sandbox::File{"/etc/resolv.conf", ""});
  plan.mounts.emplace_back(sandbox::ReadOnlyBind{"/etc/ssl/certs", "/etc/ssl/certs", true});
  plan.mounts.emplace_back(sandbox::ReadOnlyBind{"/etc/alternatives", "/etc/alternatives", true});
}

void add_workspace(sandbox::Plan& plan, const Installation& at, const SessionFacts& session) {
  const SessionLayout layout{at.layout.session(session.id)};
  if (session.folder.empty()) {
    plan.mounts.emplace_back(sandbox::ReadWriteBind{layout.workspace(), "/workspace"});
    return;
  }
  plan.mounts.emplace_back(sandbox::Overlay{.target = "/workspace",
                                            .lower = session.folder,
                                            .upper = layout.upper(),
                                            .work = layout.work(),
                                            .lower_owner_uid = session.folder_uid,
                                            .lower_owner_gid = session.folder_gid});
}

// An absolute path runs as it stands; a name is looked up in the box's own PATH, by env.
void set_command(sandbox::Plan& plan, const Installation& at, const SessionFacts& session) {
  if (!runs_once(session)) {
    plan.mounts.emplace_back(sandbox::ReadOnlyBind{at.program("x1-adapter"), inside("x1-adapter")});
    plan.program = inside("x1-adapter");
    plan.arguments = session.command;
  } else if (session.command.front().starts_with('/')) {
    plan.program = session.command.front();
    plan.arguments.assign(session.command.begin() + 1, session.command.end());
  } else {
    plan.program = "/usr/bin/env";
    plan.arguments = session.command;
  }
}

}  // namespace

bool runs_once(const SessionFacts& session) { return !session.adapter && !session.command.empty(); }

std::uint32_t agent_id(const Installation& at, const SessionFacts& session) {
  if (!session.folder.empty() && !at.ids.machine_root()) return session.folder_uid;
  return at.ids.of(session.place, SessionSeat::agent);
}

sandbox::Plan gate_plan(const Installation& at, std::uint32_t place, int listener, int broker, int output) {
  auto plan = own_program(at, name_of("gate", place), "x1-gate", at.ids.of(place, SessionSeat::gate), output);
  hand_over(plan, "--listener", listener);
  hand_over(plan, "--broker", broker);
  return plan;
}

sandbox::Plan broker_plan(const Installation& at, const SessionFacts& session, int bus, const BrokerEnds& ends,
                          const std::string& api_keys, int output) {
  auto plan =
      own_program(at, name_of("broker", session), "x1-sidecar", at.ids.of(session.place, SessionSeat::broker), output);
  plan.network = sandbox::JoinNetwork{bus};
  plan.mounts.emplace_back(sandbox::ReadWriteBind{SessionLayout{at.layout.session(session.id)}.broker(), "/state"});
  plan.mounts.emplace_back(sandbox::ReadOnlyBind{at.layout.manifests(), "/manifests"});
  add_argument(plan, "--session", session.id);
  hand_over(plan, "--gate", ends.gate);
  hand_over(plan, "--dialer", ends.dialer);
  hand_over(plan, "--vault", ends.vault);
  hand_over(plan, "--supervisor", ends.supervisor);
  hand_over(plan, "--ready", ends.ready);
  hand_over(plan, "--credentials", ends.credentials);
  add_argument(plan, "--api-keys", api_keys);
  add_argument(plan, "--manifests", "/manifests");
  add_argument(plan, "--journal", "/state/journal");
  return plan;
}

sandbox::Plan relay_plan(const Installation& at, const SessionFacts& session, std::uint32_t index, int bus,
                         int listener, int output) {
  auto plan = own_program(at, name_of("relay", session) + "-" + std::to_string(index), "x1-relay",
                          at.ids.of_relay(session.place, index), output);
  plan.network = sandbox::JoinNetwork{bus};
  hand_over(plan, "--listener", listener);
  return plan;
}

sandbox::Plan provider_plan(const Installation& at, const SessionFacts& session, std::uint32_t index,
                            const std::string& domain, const ProviderEnds& ends, int output) {
  auto plan = own_program(at, name_of("provider", session) + "-" + std::to_string(index), "x1-provider-" + domain,
                          at.ids.of_provider(session.place, index), output);
  plan.init = sandbox::Init{
      .program = at.program("x1-init"), .profile = seal::Profile::provider, .read = {"/opt/x1"}, .write = {}};
  plan.network = sandbox::JoinNetwork{ends.network};
  plan.mounts.emplace_back(sandbox::Devices{});
  plan.mounts.emplace_back(sandbox::Proc{});
  plan.mounts.emplace_back(sandbox::Tmpfs{"/tmp", 16 * mebibyte});
  add_etc(plan);
  add_argument(plan, "--session", session.id);
  hand_over(plan, "--credentials", ends.credentials);
  plan.limits.memory_bytes = 256 * mebibyte;
  plan.limits.processes = 64;
  return plan;
}

sandbox::Plan agent_plan(const Installation& at, const SessionFacts& session, const AgentEnds& ends) {
  sandbox::Plan plan;
  plan.name = name_of("agent", session);
  plan.environment = {"PATH=/opt/node/bin:/usr/local/bin:/usr/bin:/bin",
                      "HOME=/home/agent",
                      "TMPDIR=/tmp",
                      "LANG=C.UTF-8",
                      "TERM=xterm-256color",
                      "X1_URL=http://127.0.0.1:" + std::to_string(agent_port),
                      "SESSION_ID=" + session.id};
  plan.working_folder = "/workspace";
  plan.hostname = "agent";
  plan.init = sandbox::Init{.program = at.program("x1-init"),
                            .profile = seal::Profile::agent,
                            .read = {"/opt"},
                            .write = {"/workspace", "/home/agent", "/tmp"}};
  const auto id = agent_id(at, session);
  plan.identity.outside_uid = id;
  plan.identity.outside_gid = id;
  plan.network = sandbox::JoinNetwork{ends.network};
  add_system(plan);
  add_etc(plan);
  plan.mounts.emplace_back(sandbox::Devices{.terminals = true});
  plan.mounts.emplace_back(sandbox::Proc{});
  plan.mounts.emplace_back(sandbox::Tmpfs{"/tmp", 512 * mebibyte, 0700});
  plan.mounts.emplace_back(sandbox::Tmpfs{"/home/agent", 512 * mebibyte, 0700});
  add_workspace(plan, at, session);
  plan.mounts.emplace_back(sandbox::ReadOnlyBind{at.node, "/opt/node", true});
  plan.mounts.emplace_back(sandbox::ReadOnlyBind{at.agent, "/opt/agent", true});
  set_command(plan, at, session);
  const bool terminal = ends.terminal >= 0;
  plan.stdio = sandbox::Stdio{.in = ends.terminal,
                              .out = terminal ? ends.terminal : ends.output,
                              .err = terminal ? ends.terminal : ends.output,
                              .controlling_terminal = terminal};
  plan.limits.open_files = 4096;
  plan.limits.memory_bytes = 2048 * mebibyte;
  plan.limits.processes = 512;
  return plan;
}

}  // namespace x1::launch
