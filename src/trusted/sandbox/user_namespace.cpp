#include "sandbox/user_namespace.hpp"

#include <sched.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "os/file.hpp"
#include "os/socket.hpp"
#include "sandbox/subordinate_ids.hpp"
#include "seal/missing.hpp"

namespace x1::sandbox {
namespace {

constexpr std::uint32_t enough_ids = 1024;

base::Error missing(std::string_view act, int error, std::string_view next) {
  return seal::missing(seal::layer::user_namespace, act, error, next);
}

// The ids of the namespace we are in: the size of the map, for a process that is root in it.
base::Result<Ids> ids_here() {
  X1_TRY(text, os::read_file("/proc/self/uid_map", 64 * 1024));
  std::istringstream lines(text);
  std::uint64_t inside = 0;
  std::uint64_t outside = 0;
  std::uint64_t count = 0;
  std::uint64_t last = 0;
  bool whole = false;
  while (lines >> inside >> outside >> count) {
    last = std::max(last, inside + count - 1);
    whole = whole || (inside == 0 && outside == 0 && count >= 0xffffffffU);
  }
  if (whole) return Ids{.first_free = 1, .count = 0xffff0000U, .is_machine_root = true};
  if (last < enough_ids) {
    return missing("finding ids for the boxes", 0, "this process is root in a user namespace with too few ids");
  }
  return Ids{.first_free = 1, .count = static_cast<std::uint32_t>(last), .is_machine_root = false};
}

bool run(const char* program, std::vector<std::string> arguments) {
  std::vector<char*> argv;
  for (auto& argument : arguments)
    argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::array<char*, 1> no_environment{nullptr};
  pid_t child = -1;
  if (::posix_spawn(&child, program, nullptr, nullptr, argv.data(), no_environment.data()) != 0) return false;
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::vector<std::string> map_arguments(const char* name, pid_t target, std::uint32_t own, const IdRange& range) {
  return {name,
          std::to_string(target),
          "0",
          std::to_string(own),
          "1",
          "1",
          std::to_string(range.first),
          std::to_string(range.count)};
}

// Runs outside the new namespace, where the person's right to their subordinate ids counts.
[[noreturn]] void map_ids_of(pid_t target, int socket, const SubordinateIds& ids) {
  char letter = 0;
  if (::read(socket, &letter, 1) != 1) ::_exit(1);
  if (!run("/usr/bin/newuidmap", map_arguments("newuidmap", target, ::getuid(), ids.uids))) ::_exit(2);
  if (!run("/usr/bin/newgidmap", map_arguments("newgidmap", target, ::getgid(), ids.gids))) ::_exit(3);
  ::_exit(0);
}

base::Status enter_with(const SubordinateIds& ids) {
  X1_TRY(ends, os::socket_pair());
  const pid_t self = ::getpid();
  const pid_t mapper = ::fork();
  if (mapper < 0) return missing("starting a process for the map", errno, "");
  if (mapper == 0) {
    {
      const auto others_end = std::move(ends.first);
    }
    map_ids_of(self, ends.second.get(), ids);
  }
  {
    const auto mappers_end = std::move(ends.second);
  }
  // newuidmap looks at who owns /proc/PID.
  ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  const int entered = ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 ? 0 : errno;
  if (entered == 0 && ::write(ends.first.get(), "m", 1) != 1) return missing("asking for the map", errno, "");
  {
    const auto asked = std::move(ends.first);
  }
  int status = 0;
  ::waitpid(mapper, &status, 0);
  if (entered != 0) {
    return missing("making it", entered,
                   "allow unprivileged user namespaces on this machine, or run as root (`x1 doctor` says which)");
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return missing("mapping subordinate ids with newuidmap and newgidmap", 0, "check /etc/subuid and /etc/subgid");
  }
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return seal::missing(seal::layer::mount_namespace, "cutting propagation", errno);
  }
  return base::Done{};
}

}  // namespace

base::Result<Ids> enter_user_namespace() {
  if (::geteuid() == 0) return ids_here();
  if (::access("/usr/bin/newuidmap", X_OK) != 0 || ::access("/usr/bin/newgidmap", X_OK) != 0) {
    return missing("finding newuidmap and newgidmap", ENOENT, "install the package `uidmap`");
  }
  const auto ids = subordinate_ids_of_this_user();
  if (!ids) {
    return missing("finding subordinate ids of this user", 0,
                   "add a line like `" + std::to_string(::getuid()) + ":100000:65536` to /etc/subuid and /etc/subgid");
  }
  X1_TRY(entered, enter_with(*ids));
  return Ids{.first_free = 1, .count = std::min(ids->uids.count, ids->gids.count), .is_machine_root = false};
}

}  // namespace x1::sandbox
