#include "sandbox/plan.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace x1::sandbox {
namespace {

using base::Code;
using base::Error;

constexpr std::size_t longest_name = 64;
constexpr std::size_t most_mounts = 64;
constexpr std::size_t most_descriptors = 32;
constexpr int highest_descriptor = 200;
constexpr std::size_t longest_file = 256 * 1024;

Error invalid(std::string message) { return Error{Code::invalid_request, std::move(message), ""}; }

bool is_name(std::string_view name) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.size() <= longest_name && std::ranges::all_of(name, fits);
}

bool has_zero(std::string_view text) { return text.find('\0') != std::string_view::npos; }

// Absolute, and no part of it empty, `.` or `..`: it means the same wherever it is looked at from.
bool is_plain_path(std::string_view path) {
  if (path.size() < 2 || path.front() != '/' || has_zero(path)) return false;
  std::size_t start = 1;
  while (start <= path.size()) {
    const auto end = std::min(path.find('/', start), path.size());
    const auto part = path.substr(start, end - start);
    if (part.empty() || part == "." || part == "..") return false;
    start = end + 1;
  }
  return true;
}

struct TargetOf {
  std::string operator()(const Devices&) const { return "/dev"; }
  std::string operator()(const Proc&) const { return "/proc"; }
  std::string operator()(const auto& mount) const { return mount.target; }
};

base::Status check_sources(const Mount& mount) {
  const auto plain = [](std::initializer_list<std::string_view> paths) -> base::Status {
    for (const auto path : paths) {
      if (!is_plain_path(path)) return invalid("a mount's source is not a plain absolute path: " + std::string(path));
    }
    return base::Done{};
  };
  if (const auto* bind = std::get_if<ReadOnlyBind>(&mount)) return plain({bind->source});
  if (const auto* bind = std::get_if<ReadWriteBind>(&mount)) return plain({bind->source});
  if (const auto* overlay = std::get_if<Overlay>(&mount)) return plain({overlay->lower, overlay->upper, overlay->work});
  if (const auto* tmpfs = std::get_if<Tmpfs>(&mount)) {
    if (tmpfs->bytes == 0) return invalid("a tmpfs has no limit: " + tmpfs->target);
  }
  if (const auto* file = std::get_if<File>(&mount)) {
    if (file->content.size() > longest_file) return invalid("a generated file is too large: " + file->target);
  }
  return base::Done{};
}

base::Status check_mounts(const Plan& plan) {
  if (plan.mounts.size() > most_mounts) return invalid("the plan has more than 64 mounts");
  std::set<std::string> targets;
  int overlays = 0;
  for (const auto& mount : plan.mounts) {
    const auto target = std::visit(TargetOf{}, mount);
    if (!is_plain_path(target)) return invalid("a mount's target is not a plain absolute path: " + target);
    if (!targets.insert(target).second) return invalid("two mounts have the same target: " + target);
    if (std::holds_alternative<Overlay>(mount) && ++overlays > 1) return invalid("the plan has more than one overlay");
    X1_TRY(sources, check_sources(mount));
  }
  return base::Done{};
}

base::Status check_descriptors(const Plan& plan) {
  if (plan.descriptors.size() > most_descriptors) return invalid("the plan passes more than 32 descriptors");
  std::set<int> numbers;
  for (const auto& passed : plan.descriptors) {
    if (passed.fd < 0) return invalid("the plan passes a descriptor that is not open");
    if (passed.as < 3 || passed.as > highest_descriptor) return invalid("a descriptor is passed outside 3 to 200");
    if (!numbers.insert(passed.as).second) return invalid("two descriptors are passed under one number");
  }
  if (plan.stdio.controlling_terminal && plan.stdio.in < 0) return invalid("there is no terminal to control");
  return base::Done{};
}

base::Status check_texts(const Plan& plan) {
  std::set<std::string_view> names;
  for (const auto& variable : plan.environment) {
    const auto equals = variable.find('=');
    if (equals == 0 || equals == std::string::npos || has_zero(variable)) {
      return invalid("a variable of the environment is not NAME=value");
    }
    if (!names.insert(std::string_view(variable).substr(0, equals)).second) {
      return invalid("a variable is given twice: " + variable.substr(0, equals));
    }
  }
  if (std::ranges::any_of(plan.arguments, has_zero)) return invalid("an argument contains a zero byte");
  return base::Done{};
}

}  // namespace

base::Status validate(const Plan& plan) {
  if (!is_name(plan.name)) return invalid("the plan's name is not 1 to 64 of a-z, 0-9 and -");
  if (!is_name(plan.hostname)) return invalid("the host name is not 1 to 64 of a-z, 0-9 and -");
  if (!is_plain_path(plan.program)) return invalid("the program is not a plain absolute path: " + plan.program);
  if (plan.working_folder != "/" && !is_plain_path(plan.working_folder)) {
    return invalid("the working folder is not a plain absolute path");
  }
  if (plan.init && !is_plain_path(plan.init->program)) return invalid("x1-init's path is not plain and absolute");
  if (const auto* joined = std::get_if<JoinNetwork>(&plan.network); joined != nullptr && joined->fd < 0) {
    return invalid("there is no network namespace to join");
  }
  X1_TRY(mounts, check_mounts(plan));
  X1_TRY(descriptors, check_descriptors(plan));
  return check_texts(plan);
}

std::vector<std::string> init_arguments(const Plan& plan, int report_fd, int filter_fd) {
  std::vector<std::string> out{"x1-init", "--profile", std::string(seal::to_string(plan.init->profile))};
  const auto add = [&](std::string flag, std::string value) {
    out.push_back(std::move(flag));
    out.push_back(std::move(value));
  };
  add("--report", std::to_string(report_fd));
  if (filter_fd >= 0) add("--filter", std::to_string(filter_fd));
  for (const auto& passed : plan.descriptors)
    add("--keep", std::to_string(passed.as));
  for (const auto& path : plan.init->read)
    add("--ro", path);
  for (const auto& path : plan.init->write)
    add("--rw", path);
  if (plan.init->max_landlock_abi != seal::landlock_newest) {
    add("--max-landlock-abi", std::to_string(plan.init->max_landlock_abi));
  }
  if (plan.weaknesses.seccomp) out.emplace_back("--without-seccomp");
  if (plan.weaknesses.landlock) out.emplace_back("--without-landlock");
  out.emplace_back("--");
  out.push_back(plan.program);
  out.insert(out.end(), plan.arguments.begin(), plan.arguments.end());
  return out;
}

namespace weaken {

std::vector<std::string> Weaknesses::names() const {
  std::vector<std::string> out;
  if (seccomp) out.emplace_back("without seccomp");
  if (landlock) out.emplace_back("without Landlock");
  if (network_namespace) out.emplace_back("without a network namespace");
  if (user_namespace) out.emplace_back("without a user namespace");
  if (pid_namespace) out.emplace_back("without a pid namespace");
  if (mount_namespace) out.emplace_back("without a mount namespace");
  if (capability_drop) out.emplace_back("without dropping capabilities");
  return out;
}

}  // namespace weaken

}  // namespace x1::sandbox
