#include "launch/components.hpp"

#include "launch/plan_parts.hpp"

namespace x1::launch {
namespace {

constexpr std::uint64_t scratch_bytes = 64ULL << 20;

void add_state(sandbox::Plan& plan, const std::string& folder) {
  plan.mounts.emplace_back(sandbox::ReadWriteBind{folder, "/state"});
  add_argument(plan, "--state", "/state");
}

}  // namespace

sandbox::Plan nats_plan(const Installation& at, int bus, int output) {
  sandbox::Plan plan;
  plan.name = "nats-server";
  plan.program = at.nats_server;  // below /usr
  plan.arguments = {"-c", "/state/nats.conf"};
  plan.environment = {"LANG=C.UTF-8", "HOME=/state"};
  plan.init = sandbox::Init{
      .program = at.program("x1-init"), .profile = seal::Profile::server, .read = {"/state"}, .write = {}};
  plan.identity.outside_uid = at.ids.of(Seat::nats);
  plan.identity.outside_gid = at.ids.of(Seat::nats);
  plan.network = sandbox::JoinNetwork{bus};
  add_system(plan);
  plan.mounts.emplace_back(sandbox::Devices{});
  plan.mounts.emplace_back(sandbox::Proc{});
  plan.mounts.emplace_back(sandbox::ReadOnlyBind{at.layout.nats(), "/state"});
  plan.stdio.out = output;
  plan.stdio.err = output;
  plan.limits.open_files = 16384;
  return plan;
}

sandbox::Plan vault_plan(const Installation& at, const VaultEnds& ends, const VaultFacts& facts, int output) {
  auto plan = own_program(at, "x1-vault", "x1-vault", at.ids.of(Seat::vault), output);
  add_state(plan, at.layout.vault());
  hand_over(plan, "--supervisor", ends.supervisor);
  hand_over(plan, "--dialer", ends.dialer);
  hand_over(plan, "--ready", ends.ready);
  add_argument(plan, "--dialer-key", facts.dialer);
  add_argument(plan, "--api-keys", facts.api_keys);
  add_argument(plan, "--platform-port", std::to_string(facts.port));
  // A seam for each session.
  plan.limits.open_files = 8192;
  return plan;
}

sandbox::Plan dialer_plan(const Installation& at, std::string name, std::uint32_t outside_id, const DialerEnds& ends,
                          int output) {
  auto plan = own_program(at, std::move(name), "x1-dialer", outside_id, output);
  plan.network = sandbox::HostNetwork{};
  // The public trust anchors; a connection may bring its own.
  plan.mounts.emplace_back(sandbox::ReadOnlyBind{"/etc/ssl/certs", "/etc/ssl/certs", true});
  hand_over(plan, "--broker", ends.client);
  hand_over(plan, "--resolver", ends.resolver);
  hand_over(plan, "--ready", ends.ready);
  return plan;
}

sandbox::Plan resolver_plan(const Installation& at, std::string name, std::uint32_t outside_id, int dialer,
                            int output) {
  auto plan = own_program(at, std::move(name), "x1-resolver", outside_id, output);
  plan.network = sandbox::HostNetwork{};
  for (const auto* file : {"/etc/resolv.conf", "/etc/hosts"})
    plan.mounts.emplace_back(sandbox::ReadOnlyBind{file, file, true});
  hand_over(plan, "--dialer", dialer);
  return plan;
}

sandbox::Plan api_plan(const Installation& at, int bus, const ApiEnds& ends, int output) {
  auto plan = own_program(at, "x1-api", "x1-api", at.ids.of(Seat::api), output);
  plan.network = sandbox::JoinNetwork{bus};
  add_state(plan, at.layout.api());
  plan.mounts.emplace_back(sandbox::ReadOnlyBind{at.layout.manifests(), "/manifests"});
  plan.mounts.emplace_back(sandbox::ReadOnlyBind{at.layout.keys(), "/keys"});
  plan.mounts.emplace_back(sandbox::Tmpfs{"/tmp", scratch_bytes});
  hand_over(plan, "--edge", ends.edge);
  hand_over(plan, "--vault", ends.vault);
  hand_over(plan, "--supervisor", ends.supervisor);
  add_argument(plan, "--manifests", "/manifests");
  return plan;
}

sandbox::Plan edge_plan(const Installation& at, const EdgeEnds& ends, int output) {
  auto plan = own_program(at, "x1-edge", "x1-edge", at.ids.of(Seat::edge), output);
  hand_over(plan, "--api", ends.api);
  hand_over(plan, "--listen-tcp", ends.tcp);
  hand_over(plan, "--listen-unix", ends.local);
  // Everybody on the machine sees arguments; the environment only who may trace the process.
  plan.environment.push_back("X1_OWN_NAME=" + at.own_name);
  plan.limits.open_files = 8192;
  return plan;
}

}  // namespace x1::launch
