#include "launch/doctor.hpp"

#include <unistd.h>
#include <algorithm>
#include <array>
#include <string_view>

#include "launch/installation.hpp"
#include "seal/features.hpp"
#include "seal/missing.hpp"

namespace x1::launch {
namespace {

// What each layer is for, and how it is had where it is missing. Names are those of io/seal.
struct Explanation {
  std::string_view name, means, remedy;
};
constexpr std::string_view kernel_remedy = "use a kernel that allows namespaces of this kind (Debian's does)";
constexpr std::array explanations{
    Explanation{seal::layer::user_namespace, "gives every process an id of its own",
                "apt-get install uidmap; see that /etc/subuid and /etc/subgid have a line for this user, and that the "
                "sysctl kernel.unprivileged_userns_clone is 1 where it exists"},
    Explanation{seal::layer::network_namespace, "leaves an agent no network but its own loopback", kernel_remedy},
    Explanation{seal::layer::mount_namespace, "shows a process only the files that it needs", kernel_remedy},
    Explanation{seal::layer::pid_namespace, "hides all other processes", kernel_remedy},
    Explanation{seal::layer::ipc_namespace, "gives each box its own shared memory", kernel_remedy},
    Explanation{seal::layer::uts_namespace, "hides the machine's name", kernel_remedy},
    Explanation{seal::layer::cgroup_namespace, "hides the machine's cgroups", kernel_remedy},
    Explanation{seal::layer::landlock, "keeps files from a process even if a mount is wrong",
                "use a kernel from 5.13 with landlock in its lsm= list"},
    Explanation{seal::layer::seccomp, "allows only the system calls that each process needs",
                "use a kernel with CONFIG_SECCOMP_FILTER"},
};

Finding finding_of(const seal::Feature& feature) {
  Finding finding{std::string(feature.name),
                  "isolates the boxes from this machine",
                  feature.required,
                  feature.present,
                  feature.detail,
                  {}};
  const auto found = std::ranges::find(explanations, feature.name, &Explanation::name);
  if (found != explanations.end()) finding.means = std::string(found->means);
  if (!feature.present && found != explanations.end()) finding.remedy = std::string(found->remedy);
  return finding;
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
  for (const auto& feature : seal::features())
    all.push_back(finding_of(feature));
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
