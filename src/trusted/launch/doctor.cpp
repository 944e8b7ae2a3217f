#include "launch/doctor.hpp"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "launch/installation.hpp"
#include "sandbox/user_namespace.hpp"
#include "seal/landlock.hpp"
#include "seal/missing.hpp"
#include "seal/seccomp.hpp"

namespace x1::launch {
namespace {

// What a child that tried something says: 0, or an errno value, or 255 for an Error.
template <class Try>
int in_child(Try attempt) {
  const pid_t child = ::fork();
  if (child < 0) return errno;
  if (child == 0) ::_exit(attempt());
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return EINTR;
  return WEXITSTATUS(status);
}

std::string why(int code) {
  if (code == 0) return {};
  return code == 255 ? "refused" : std::strerror(code);
}

Finding namespace_finding(std::string_view name, const std::string& means, int flag) {
  const int code = in_child([flag] {
    if (!sandbox::enter_user_namespace().ok()) return 255;
    return ::unshare(flag) == 0 ? 0 : errno;
  });
  return {std::string(name), means,     true,
          code == 0,         why(code), code == 0 ? "" : "use a kernel that allows namespaces of this kind"};
}

Finding user_namespace_finding() {
  // The child's words, because entering changes the process for good.
  Finding finding{
      std::string(seal::layer::user_namespace), "maps every process to an id of its own", true, false, {}, {}};
  const int code = in_child([] { return sandbox::enter_user_namespace().ok() ? 0 : 255; });
  finding.present = code == 0;
  if (finding.present) return finding;
  const bool tools = ::access("/usr/bin/newuidmap", X_OK) == 0 && ::access("/usr/bin/newgidmap", X_OK) == 0;
  finding.detail = tools ? "subordinate ids are missing, or unprivileged user namespaces are turned off"
                         : "newuidmap and newgidmap are missing";
  finding.remedy = tools ? "add a line like `" + std::to_string(::getuid()) +
                               ":100000:65536` to /etc/subuid and /etc/subgid, and see that the sysctl "
                               "kernel.unprivileged_userns_clone is 1 where it exists"
                         : "install it: apt-get install uidmap";
  return finding;
}

Finding landlock_finding() {
  const int abi = seal::landlock_abi();
  return {std::string(seal::layer::landlock),
          "keeps files from a process even if a mount is wrong",
          true,
          abi >= 1,
          abi >= 1 ? "ABI " + std::to_string(abi) : "the kernel has none",
          abi >= 1 ? "" : "use a kernel from 5.13 with CONFIG_SECURITY_LANDLOCK and landlock in the lsm= list"};
}

Finding seccomp_finding() {
  const int code = in_child([] { return seal::apply(seal::Profile::agent).ok() ? 0 : 255; });
  return {std::string(seal::layer::seccomp),
          "allows only the system calls that each process needs",
          true,
          code == 0,
          why(code),
          code == 0 ? "" : "use a kernel with CONFIG_SECCOMP_FILTER"};
}

bool any_readable(std::initializer_list<const char*> paths) {
  return std::ranges::any_of(paths, [](const char* path) { return ::access(path, R_OK) == 0; });
}

Finding cgroup_finding() {
  const bool present = any_readable({"/sys/fs/cgroup/cgroup.controllers", "/sys/fs/cgroup/memory"});
  return {"cgroup limits",
          "hold an agent's memory and number of processes down",
          false,
          present,
          present ? "found; whether they may be used shows when a session starts" : "no cgroup is mounted",
          present ? "" : "mount cgroup version 2; without it an agent can use up this machine's memory"};
}

Finding program_finding(const std::string& folder, const std::string& name) {
  const auto path = folder + "/" + name;
  const bool present = ::access(path.c_str(), X_OK) == 0;
  return {name,
          "a part of the platform",
          true,
          present,
          present ? path : path + " is missing",
          present ? "" : "build the project: ./run"};
}

Finding nats_finding() {
  const auto found = find_nats_server();
  return {"nats-server", "carries the messages between the parts",    true,
          found.ok(),    found.ok() ? *found : found.error().message, found.ok() ? "" : found.error().next};
}

}  // namespace

bool Diagnosis::good() const noexcept {
  return std::ranges::all_of(findings, [](const Finding& one) { return one.present || !one.required; });
}

Diagnosis doctor(const std::string& programs) {
  Diagnosis diagnosis;
  auto& all = diagnosis.findings;
  all.push_back(user_namespace_finding());
  all.push_back(namespace_finding(seal::layer::network_namespace, "leaves an agent no network but its own loopback",
                                  CLONE_NEWNET));
  all.push_back(
      namespace_finding(seal::layer::mount_namespace, "shows a process only the files that it needs", CLONE_NEWNS));
  all.push_back(namespace_finding(seal::layer::pid_namespace, "hides all other processes", CLONE_NEWPID));
  all.push_back(namespace_finding(seal::layer::ipc_namespace, "gives each box its own shared memory", CLONE_NEWIPC));
  all.push_back(namespace_finding(seal::layer::uts_namespace, "hides the machine's name", CLONE_NEWUTS));
  all.push_back(namespace_finding(seal::layer::cgroup_namespace, "hides the machine's cgroups", CLONE_NEWCGROUP));
  all.push_back(landlock_finding());
  all.push_back(seccomp_finding());
  all.push_back(cgroup_finding());
  all.push_back(nats_finding());
  const auto own = own_folder();
  const auto folder = programs.empty() && own.ok() ? *own : programs;
  for (const auto* name : {"x1-api", "x1-edge", "x1-vault", "x1-sidecar", "x1-gate", "x1-dialer", "x1-resolver",
                           "x1-relay", "x1-init", "x1-adapter"})
    all.push_back(program_finding(folder, name));
  return diagnosis;
}

std::string to_text(const Diagnosis& diagnosis) {
  std::string text;
  for (const auto& one : diagnosis.findings) {
    const auto* mark = one.present ? "ok      " : one.required ? "MISSING " : "absent  ";
    text += mark + one.name + ": " + one.means;
    if (!one.detail.empty()) text += " (" + one.detail + ")";
    if (!one.remedy.empty()) text += "\n        → " + one.remedy;
    text += "\n";
  }
  text += diagnosis.good() ? "Everything that is required is there.\n"
                           : "Something that is required is missing; the platform will not start without it.\n";
  return text;
}

wire::Value to_value(const Diagnosis& diagnosis) {
  wire::Value::Array findings;
  for (const auto& one : diagnosis.findings) {
    findings.emplace_back(wire::Value::Object{{"name", one.name},
                                              {"means", one.means},
                                              {"required", one.required},
                                              {"present", one.present},
                                              {"detail", one.detail},
                                              {"remedy", one.remedy}});
  }
  return wire::Value(wire::Value::Object{{"good", diagnosis.good()}, {"findings", std::move(findings)}});
}

}  // namespace x1::launch
