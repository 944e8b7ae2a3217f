// A plan as lines of text, so that a golden test shows all of it, and a change of it is one line of a diff.
#pragma once

#include <string>
#include <variant>

#include "sandbox/plan.hpp"

namespace x1::launch::testing {

struct MountText {
  std::string operator()(const sandbox::ReadOnlyBind& m) const {
    return "ro " + m.source + " " + m.target + (m.optional ? " optional" : "");
  }
  std::string operator()(const sandbox::ReadWriteBind& m) const { return "rw " + m.source + " " + m.target; }
  std::string operator()(const sandbox::Tmpfs& m) const {
    return "tmpfs " + m.target + " " + std::to_string(m.bytes >> 20) + "M";
  }
  std::string operator()(const sandbox::Overlay& m) const {
    return "overlay " + m.lower + " " + m.upper + " " + m.work + " " + m.target;
  }
  std::string operator()(const sandbox::Devices& m) const { return m.terminals ? "dev terminals" : "dev"; }
  std::string operator()(const sandbox::Proc&) const { return "proc"; }
  std::string operator()(const sandbox::File& m) const { return "file " + m.target; }
  std::string operator()(const sandbox::Folder& m) const { return "folder " + m.target; }
  std::string operator()(const sandbox::Symlink& m) const { return "link " + m.target + " " + m.to; }
};

struct NetworkText {
  std::string operator()(const sandbox::OwnLoopback&) const { return "own"; }
  std::string operator()(const sandbox::JoinNetwork& n) const { return "joins " + std::to_string(n.fd); }
  std::string operator()(const sandbox::HostNetwork&) const { return "host"; }
};

inline std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words)
    text += " " + word;
  return text;
}

// Not the four lines of /usr and its links, nor those of the agent's /etc: they have tests of their own.
inline std::string plan_text(const sandbox::Plan& plan) {
  std::string text = plan.name + " as " + std::to_string(plan.identity.outside_uid) + "\n";
  text += "run " + plan.program + joined(plan.arguments) + "\n";
  text += "env" + joined(plan.environment) + "\n";
  if (plan.init) text += "init " + std::string(seal::to_string(plan.init->profile)) + "\n";
  text += "net " + std::visit(NetworkText{}, plan.network) + "\n";
  for (const auto& mount : plan.mounts) {
    const auto line = std::visit(MountText{}, mount);
    const bool system = line.ends_with(" /usr") || line.find(" usr/") != std::string::npos;
    if (!system && line.find(" /etc/") == std::string::npos) text += line + "\n";
  }
  for (const auto& passed : plan.descriptors)
    text += "fd " + std::to_string(passed.fd) + " as " + std::to_string(passed.as) + "\n";
  text += "out " + std::to_string(plan.stdio.out) + "\n";
  return text;
}

}  // namespace x1::launch::testing
