#include "seal/profiles.hpp"

#include <algorithm>
#include <array>

#include "seal/call_groups.hpp"

namespace x1::seal {
namespace {

constexpr std::array profiles{
    Profile::agent,           Profile::provider, Profile::server, Profile::gate,     Profile::broker, Profile::dialer,
    Profile::vault,           Profile::api,      Profile::edge,   Profile::resolver, Profile::relay,  Profile::reader,
    Profile::supervisor_child};

// futex_wake/wait/requeue, cachestat, fchmodat2, mseal: harmless, and newer C libraries do not expect EPERM from them.
const std::vector<std::uint32_t> newer_calls{449, 451, 452, 454, 455, 456, 462};

// Any ordinary program: shells, compilers, git, Python, Node.
ProfileRules box_rules() {
  return ProfileRules{
      .refusal = Refusal::eperm,
      .allowed = {calls::core, calls::memory_any, calls::waiting, calls::streams, calls::serving, calls::connecting,
                  calls::files, calls::files_wide, calls::processes, calls::identity, calls::scheduling,
                  calls::sandboxing},
      .allowed_numbers = newer_calls,
      .checked = {{"clone", Check::clone_no_namespace},
                  {"socket", Check::socket_box},
                  {"socketpair", Check::socketpair_unix},
                  {"personality", Check::personality_query},
                  {"mknod", Check::mknod_plain},
                  {"mknodat", Check::mknodat_plain}},
      .denied_softly = {},
      .absent = {calls::clone3_only},
  };
}

// Programs of ours: what they do is known, so anything else is an attack and ends the process.
ProfileRules own_rules() {
  return ProfileRules{
      .refusal = Refusal::kill_process,
      .allowed = {calls::core, calls::waiting, calls::streams},
      .allowed_numbers = {},
      .checked = {{"mmap", Check::no_exec_memory_map},
                  {"mprotect", Check::no_exec_memory_prot},
                  {"ioctl", Check::ioctl_plain}},
      .denied_softly = {calls::asked_in_passing},
      .absent = {calls::clone3_only},
  };
}

void allow(ProfileRules& rules, std::initializer_list<Names> groups) {
  rules.allowed.insert(rules.allowed.end(), groups);
}
void check(ProfileRules& rules, std::initializer_list<CheckedCall> calls) {
  rules.checked.insert(rules.checked.end(), calls);
}

// A profile that opens files itself must not also refuse them softly.
ProfileRules with_files(ProfileRules rules) {
  rules.denied_softly.clear();
  allow(rules, {calls::files});
  return rules;
}

ProfileRules gate_rules() {
  auto rules = own_rules();
  allow(rules, {calls::accepting});
  return rules;
}

ProfileRules broker_rules() {
  auto rules = with_files(own_rules());
  allow(rules, {calls::connecting, calls::accepting});
  check(rules, {{"socket", Check::socket_stream}, {"socketpair", Check::socketpair_unix}});
  return rules;
}

ProfileRules dialer_rules() {
  auto rules = own_rules();
  allow(rules, {calls::connecting});
  check(rules, {{"socket", Check::socket_stream}});
  return rules;
}

ProfileRules vault_rules() {
  auto rules = with_files(own_rules());
  allow(rules, {calls::connecting, calls::serving});
  check(rules, {{"clone", Check::clone_thread}, {"socket", Check::socket_stream}});
  return rules;
}

// The API links libraries that start threads and ask the name service, so it carries on after a refusal.
ProfileRules api_rules() {
  auto rules = with_files(own_rules());
  rules.refusal = Refusal::eperm;
  rules.checked = {{"clone", Check::clone_thread},
                   {"socket", Check::socket_resolver},
                   {"socketpair", Check::socketpair_unix},
                   {"ioctl", Check::ioctl_plain}};
  allow(rules, {calls::memory_any_but_ioctl, calls::connecting, calls::serving, calls::scheduling});
  return rules;
}

ProfileRules resolver_rules() {
  auto rules = own_rules();
  rules.denied_softly = {calls::asked_in_passing_but_open};
  allow(rules, {calls::connecting, calls::about_files});
  check(rules, {{"openat", Check::open_read_only}, {"clone", Check::clone_thread}, {"socket", Check::socket_resolver}});
  return rules;
}

ProfileRules relay_rules() {
  auto rules = own_rules();
  allow(rules, {calls::connecting, calls::accepting});
  check(rules, {{"socket", Check::socket_stream}});
  return rules;
}

}  // namespace

ProfileRules rules_of(Profile profile) {
  switch (profile) {
    case Profile::agent:
    case Profile::provider:
    case Profile::server:
    case Profile::supervisor_child: return box_rules();
    case Profile::gate:
    case Profile::edge: return gate_rules();
    case Profile::broker: return broker_rules();
    case Profile::dialer: return dialer_rules();
    case Profile::vault: return vault_rules();
    case Profile::api: return api_rules();
    case Profile::resolver: return resolver_rules();
    case Profile::relay: return relay_rules();
    case Profile::reader: return with_files(own_rules());
  }
  return own_rules();
}

std::string_view to_string(Profile profile) noexcept {
  switch (profile) {
    case Profile::agent: return "agent";
    case Profile::provider: return "provider";
    case Profile::server: return "server";
    case Profile::gate: return "gate";
    case Profile::broker: return "broker";
    case Profile::dialer: return "dialer";
    case Profile::vault: return "vault";
    case Profile::api: return "api";
    case Profile::edge: return "edge";
    case Profile::resolver: return "resolver";
    case Profile::relay: return "relay";
    case Profile::reader: return "reader";
    case Profile::supervisor_child: return "supervisor_child";
  }
  return "none";
}

const Profile* profile_named(std::string_view name) noexcept {
  const auto found = std::ranges::find(profiles, name, to_string);
  return found == profiles.end() ? nullptr : &*found;
}

std::span<const Profile> all_profiles() noexcept { return profiles; }

}  // namespace x1::seal
