#include "seal/features.hpp"

#include <linux/seccomp.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>

#include "seal/landlock.hpp"
#include "seal/missing.hpp"

namespace x1::seal {
namespace {

bool is_root() { return ::geteuid() == 0; }

// 0, or the errno with which the kernel refuses.
int refusal_of_unshare(int flags) {
  const pid_t child = ::fork();
  if (child < 0) return errno;
  if (child == 0) ::_exit(::unshare(is_root() ? flags : flags | CLONE_NEWUSER) == 0 ? 0 : errno);
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return EINTR;
  return WEXITSTATUS(status);
}

Feature namespace_feature(std::string_view name, int flags) {
  const int refused = refusal_of_unshare(flags);
  return {.name = name,
          .required = true,
          .present = refused == 0,
          .detail = refused == 0 ? "" : std::generic_category().message(refused)};
}

Feature seccomp_feature() {
  const std::uint32_t action = SECCOMP_RET_KILL_PROCESS;
  const bool present = ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
  return {.name = layer::seccomp, .required = true, .present = present, .detail = present ? "filter" : "not offered"};
}

Feature landlock_feature() {
  const int abi = landlock_abi();
  return {.name = layer::landlock,
          .required = true,
          .present = abi >= 1,
          .detail = abi >= 1 ? "ABI " + std::to_string(abi) : "not offered, or not switched on at boot"};
}

bool has_line_for(const char* file) {
  std::ifstream in(file);
  const auto uid = std::to_string(::getuid());
  const char* name = ::getlogin();
  std::string line;
  for (int lines = 0; lines < 10'000 && std::getline(in, line); ++lines) {
    const auto who = line.substr(0, line.find(':'));
    if (who == uid || (name != nullptr && who == name)) return true;
  }
  return false;
}

Feature mapping_feature() {
  const bool tools = ::access("/usr/bin/newuidmap", X_OK) == 0 && ::access("/usr/bin/newgidmap", X_OK) == 0;
  std::string detail = "newuidmap";
  if (!tools) detail = "install the package uidmap";
  // Only a hint: a user without a login name is found when the start asks for the range itself.
  if (tools && !has_line_for("/etc/subuid")) detail = "newuidmap; no line in /etc/subuid was recognised as this user's";
  return {.name = "subordinate ids", .required = !is_root(), .present = tools || is_root(), .detail = detail};
}

Feature control_group(std::string_view name, const char* version_1) {
  if (::access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0) {
    const bool ours = ::access("/sys/fs/cgroup/cgroup.subtree_control", W_OK) == 0;
    return {
        .name = name, .required = false, .present = ours, .detail = ours ? "version 2" : "version 2, not ours to use"};
  }
  const bool ours = ::access(version_1, W_OK) == 0;
  return {.name = name, .required = false, .present = ours, .detail = ours ? "version 1" : "not ours to use"};
}

}  // namespace

std::vector<Feature> features() {
  return {
      namespace_feature(layer::user_namespace, CLONE_NEWUSER),
      mapping_feature(),
      namespace_feature(layer::mount_namespace, CLONE_NEWNS),
      namespace_feature(layer::pid_namespace, CLONE_NEWPID),
      namespace_feature(layer::network_namespace, CLONE_NEWNET),
      namespace_feature(layer::ipc_namespace, CLONE_NEWIPC),
      namespace_feature(layer::uts_namespace, CLONE_NEWUTS),
      namespace_feature(layer::cgroup_namespace, CLONE_NEWCGROUP),
      seccomp_feature(),
      landlock_feature(),
      control_group("memory limit", "/sys/fs/cgroup/memory"),
      control_group("process limit", "/sys/fs/cgroup/pids"),
  };
}

std::vector<std::string_view> missing_features(const std::vector<Feature>& found) {
  std::vector<std::string_view> out;
  for (const auto& feature : found) {
    if (feature.required && !feature.present) out.push_back(feature.name);
  }
  return out;
}

}  // namespace x1::seal
