#include "sandbox/recipes.hpp"

namespace x1::sandbox {
namespace {

constexpr std::uint64_t home_bytes = std::uint64_t{1} << 30;
constexpr std::uint64_t open_files = 4096;
constexpr std::uint64_t service_tmpfs_bytes = std::uint64_t{64} << 20;

std::string passwd(const Identity& id) {
  return "agent:x:" + std::to_string(id.inside_uid) + ":" + std::to_string(id.inside_gid) +
         ":agent:/home/agent:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
}

std::string group(const Identity& id) { return "agent:x:" + std::to_string(id.inside_gid) + ":\nnogroup:x:65534:\n"; }

constexpr const char* hosts = "127.0.0.1 localhost\n::1 localhost\n";
// Files only: there is no name service inside, and asking one would be a way out.
constexpr const char* nsswitch = "passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n";

}  // namespace

std::vector<Mount> base_mounts(const Identity& identity, bool terminals) {
  return {
      ReadOnlyBind{.source = "/usr", .target = "/usr"},
      Symlink{.target = "/bin", .to = "usr/bin"},
      Symlink{.target = "/sbin", .to = "usr/sbin"},
      Symlink{.target = "/lib", .to = "usr/lib"},
      Symlink{.target = "/lib64", .to = "usr/lib64"},
      File{.target = "/etc/passwd", .content = passwd(identity)},
      File{.target = "/etc/group", .content = group(identity)},
      File{.target = "/etc/hosts", .content = hosts},
      File{.target = "/etc/nsswitch.conf", .content = nsswitch},
      File{.target = "/etc/resolv.conf", .content = ""},
      ReadOnlyBind{.source = "/etc/ld.so.cache", .target = "/etc/ld.so.cache", .optional = true},
      ReadOnlyBind{.source = "/etc/alternatives", .target = "/etc/alternatives", .optional = true},
      ReadOnlyBind{.source = "/etc/ssl/certs", .target = "/etc/ssl/certs", .optional = true},
      Devices{.terminals = terminals},
      Proc{},
  };
}

std::vector<std::string> agent_environment(const std::string& session, std::uint16_t port,
                                           const std::vector<std::string>& bound) {
  std::vector<std::string> out{
      "SESSION_ID=" + session,
      "X1_URL=http://127.0.0.1:" + std::to_string(port),
      "PATH=/opt/x1/bin:/usr/local/bin:/usr/bin:/bin",
      "HOME=/home/agent",
      "TMPDIR=/tmp",
      "LANG=C.UTF-8",
      "TERM=xterm-256color",
  };
  out.insert(out.end(), bound.begin(), bound.end());
  return out;
}

Plan agent_plan(const AgentBox& box) {
  Plan plan;
  plan.name = "agent-" + box.session;
  plan.program = box.program;
  plan.arguments = box.arguments;
  plan.environment = agent_environment(box.session, box.port, box.bound_environment);
  plan.working_folder = "/workspace";
  plan.init = Init{.program = box.init_program, .profile = seal::Profile::agent, .read = {}, .write = {}};
  plan.identity = box.identity;
  plan.network = OwnWithListener{.port = box.port};
  plan.mounts = base_mounts(box.identity, true);
  if (!box.bundle.empty()) plan.mounts.emplace_back(ReadOnlyBind{.source = box.bundle, .target = "/opt/x1"});
  plan.mounts.emplace_back(Tmpfs{.target = "/tmp", .bytes = box.tmpfs_bytes});
  plan.mounts.emplace_back(Tmpfs{.target = "/home/agent", .bytes = home_bytes});
  if (const auto* own = std::get_if<OwnWorkspace>(&box.workspace)) {
    plan.mounts.emplace_back(ReadWriteBind{.source = own->folder, .target = "/workspace"});
  } else {
    auto overlay = std::get<Overlay>(box.workspace);
    overlay.target = "/workspace";
    plan.mounts.emplace_back(std::move(overlay));
  }
  plan.stdio = box.stdio;
  plan.limits = Limits{.open_files = open_files, .memory_bytes = box.memory_bytes, .processes = box.processes};
  return plan;
}

Plan service_plan(const ServiceBox& box) {
  Plan plan;
  plan.name = box.name;
  plan.program = box.program;
  plan.arguments = box.arguments;
  plan.environment = {"PATH=/usr/bin:/bin", "HOME=/tmp", "LANG=C.UTF-8"};
  plan.identity = box.identity;
  plan.network = box.network;
  plan.mounts = base_mounts(box.identity, false);
  if (!box.bundle.empty()) plan.mounts.emplace_back(ReadOnlyBind{.source = box.bundle, .target = "/opt/x1"});
  if (!box.state.empty()) plan.mounts.emplace_back(ReadWriteBind{.source = box.state, .target = "/state"});
  plan.mounts.emplace_back(Tmpfs{.target = "/tmp", .bytes = service_tmpfs_bytes});
  plan.limits = Limits{.open_files = open_files};
  return plan;
}

}  // namespace x1::sandbox
