#include "launch/first_start.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "launch/api_keys.hpp"
#include "launch/bus_keys.hpp"
#include "launch/manifests.hpp"
#include "os/fd.hpp"

namespace x1::launch {
namespace {

base::Error failed(std::string_view what, const std::string& path) {
  return base::Error{base::Code::storage_failed,
                     std::string(what) + " " + path + " failed: " + std::strerror(errno) + ".",
                     "check who owns the state folder and whether its disk is full"};
}

base::Status give(const std::string& path, uid_t owner) {
  if (::lchown(path.c_str(), owner, owner) != 0) return failed("Giving away", path);
  return base::Done{};
}

}  // namespace

base::Status make_folder(const std::string& path, mode_t mode, uid_t owner) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed("Making", path);
  const os::Fd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder) return failed("Opening", path);
  if (::fchown(folder.get(), owner, owner) != 0) return failed("Giving away", path);
  if (::fchmod(folder.get(), mode) != 0) return failed("Setting the mode of", path);
  return base::Done{};
}

base::Status make_state_folder(const Layout& layout) {
  std::error_code error;
  const auto parent = std::filesystem::path(layout.state()).parent_path();
  std::filesystem::create_directories(parent, error);
  if (error) {
    errno = error.value();
    return failed("Making", parent.string());
  }
  const auto us = ::geteuid();
  struct stat facts{};
  if (::lstat(layout.state().c_str(), &facts) == 0 && facts.st_uid != us) {
    return base::Error{base::Code::forbidden, "The state folder " + layout.state() + " belongs to another user.",
                       "start the platform as that user, or set X1_STATE_DIR"};
  }
  // Others may pass through, as components do on the way to their own folders, but see nothing.
  X1_TRY(state, make_folder(layout.state(), 0711, us));
  X1_TRY(run, make_folder(layout.run(), 0700, us));
  X1_TRY(log, make_folder(layout.log(), 0700, us));
  return base::Done{};
}

base::Status first_start(const Layout& layout, const OutsideIds& ids, const std::string& providers,
                         base::TimePoint now) {
  const auto us = ::geteuid();
  X1_TRY(offline, make_folder(layout.offline(), 0700, us));
  X1_TRY(keys, make_folder(layout.keys(), 0755, us));
  X1_TRY(manifests, make_folder(layout.manifests(), 0755, us));
  X1_TRY(sessions, make_folder(layout.sessions(), 0711, us));
  X1_TRY(nats, make_folder(layout.nats(), 0700, ids.of(Seat::nats)));
  X1_TRY(vault, make_folder(layout.vault(), 0700, ids.of(Seat::vault)));
  X1_TRY(api, make_folder(layout.api(), 0700, ids.of(Seat::api)));

  X1_TRY(bus, make_bus_keys(layout, now));
  X1_TRY(api_keys, settle_api_keys(layout, now));
  X1_TRY(given_settings, give(layout.nats_settings(), ids.of(Seat::nats)));
  X1_TRY(given_seed, give(layout.api_seed(), ids.of(Seat::api)));
  X1_TRY(given_bus, give(layout.api_bus(), ids.of(Seat::api)));
  return write_manifests(providers, layout.manifests());
}

}  // namespace x1::launch
