#include "launch/plan_parts.hpp"

namespace x1::launch {

std::string inside(std::string_view program) { return "/opt/x1/bin/" + std::string(program); }

void add_system(sandbox::Plan& plan) {
  plan.mounts.emplace_back(sandbox::ReadOnlyBind{"/usr", "/usr"});
  for (const auto* name : {"bin", "sbin", "lib", "lib64"})
    plan.mounts.emplace_back(sandbox::Symlink{std::string("/") + name, std::string("usr/") + name});
}

sandbox::Plan own_program(const Installation& at, std::string name, std::string_view program, std::uint32_t outside_id,
                          int output) {
  sandbox::Plan plan;
  plan.name = std::move(name);
  plan.program = inside(program);
  plan.environment = {"LANG=C.UTF-8"};
  plan.identity.outside_uid = outside_id;
  plan.identity.outside_gid = outside_id;
  add_system(plan);
  plan.mounts.emplace_back(sandbox::ReadOnlyBind{at.program(program), inside(program)});
  plan.stdio.out = output;
  plan.stdio.err = output;
  plan.limits.open_files = 1024;
  return plan;
}

std::string program_name(const sandbox::Plan& plan) { return plan.program.substr(plan.program.rfind('/') + 1); }

void hand_over(sandbox::Plan& plan, std::string flag, int fd) {
  const auto as = static_cast<int>(3 + plan.descriptors.size());
  plan.descriptors.push_back({fd, as});
  add_argument(plan, std::move(flag), std::to_string(as));
}

void add_argument(sandbox::Plan& plan, std::string flag, std::string value) {
  plan.arguments.push_back(std::move(flag));
  plan.arguments.push_back(std::move(value));
}

}  // namespace x1::launch
