#include "launch/shared_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <filesystem>

namespace x1::launch {
namespace {

bool lies_in(const std::string& inner, const std::string& outer) {
  return inner == outer || inner.starts_with(outer + "/");
}

}  // namespace

base::Status may_share(const std::string& folder, const std::string& state) {
  if (folder == "/" || lies_in(folder, state) || lies_in(state, folder)) {
    return base::Error{base::Code::forbidden, "The folder " + folder + " can't be an agent's workspace.",
                       "choose a folder of one project"};
  }
  return base::Done{};
}

base::Result<SharedFolder> look_at_folder(int folder, const std::string& state, bool machine_root) {
  struct stat facts{};
  if (::fstat(folder, &facts) != 0 || !S_ISDIR(facts.st_mode)) {
    return base::Error{base::Code::invalid_request, "What was handed over is no folder.", ""};
  }
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(folder), error).string();
  struct stat now{};
  if (error || ::stat(path.c_str(), &now) != 0 || now.st_ino != facts.st_ino || now.st_dev != facts.st_dev) {
    return base::Error{base::Code::not_found, "The folder is no longer where it was.", "name it again"};
  }
  X1_TRY(allowed, may_share(path, state));
  if (!machine_root && facts.st_uid != ::geteuid()) {
    return base::Error{base::Code::forbidden, "The folder " + path + " belongs to somebody else.",
                       "choose a folder of your own"};
  }
  return SharedFolder{path, facts.st_uid, facts.st_gid};
}

}  // namespace x1::launch
