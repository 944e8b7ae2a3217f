#include "launch/uninstall.hpp"

#include <sys/wait.h>
#include <unistd.h>
#include <filesystem>
#include <sstream>

#include "launch/installation.hpp"
#include "launch/layout.hpp"
#include "launch/lock.hpp"
#include "os/file.hpp"
#include "sandbox/user_namespace.hpp"

namespace x1::launch {
namespace {

using base::Code;
using base::Error;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

// What the set-up wrote down: in the state, or beside the build that this program is of.
std::vector<std::string> installed_packages(const Layout& layout) {
  const auto kept = os::read_file(layout.packages(), 64 * 1024);
  if (kept.ok()) return lines_of(*kept);
  const auto own = own_folder();
  if (!own.ok()) return {};
  const auto built = os::read_file(*own + "/../../installed-packages.txt", 64 * 1024);
  return built.ok() ? lines_of(*built) : std::vector<std::string>();
}

// In the namespace where the components' ids are ours to remove.
[[noreturn]] void remove_and_exit(const std::string& state) {
  const auto ids = sandbox::enter_user_namespace();
  if (!ids.ok()) ::_exit(2);
  std::error_code error;
  std::filesystem::remove_all(state, error);
  ::_exit(error ? 1 : 0);
}

}  // namespace

base::Result<Uninstall> plan_uninstall(const std::string& state) {
  const Layout layout(state);
  if (::access(state.c_str(), F_OK) != 0) {
    return Error{Code::not_found, "There is no state in " + state + ".", ""};
  }
  if (::access(layout.lock().c_str(), F_OK) != 0) {
    return Error{Code::storage_failed, state + " is no state folder of x1.", "check the name of the folder"};
  }
  X1_TRY(lock, take_lock(layout));
  if (!lock) return Error{Code::conflict, "The platform runs.", "end it first: x1 down"};
  Uninstall plan{.state = state, .packages = {}};
  plan.packages = installed_packages(layout);
  return plan;
}

base::Status uninstall(const Uninstall& plan) {
  const Layout layout(plan.state);
  X1_TRY(lock, take_lock(layout));
  if (!lock) return Error{Code::conflict, "The platform runs.", "end it first: x1 down"};
  const pid_t child = ::fork();
  if (child < 0) return Error{Code::unavailable, "No process can be started.", "end some processes"};
  if (child == 0) remove_and_exit(plan.state);
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return Error{Code::storage_failed, "Not all of " + plan.state + " could be removed.",
                 "remove the rest by hand, as root"};
  }
  return base::Done{};
}

}  // namespace x1::launch
