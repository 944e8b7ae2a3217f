#include "launch/lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <cerrno>
#include <cstring>

namespace x1::launch {

base::Result<std::optional<os::Fd>> take_lock(const Layout& layout) {
  os::Fd file(::open(layout.lock().c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) {
    return base::Error{base::Code::storage_failed,
                       "Opening " + layout.lock() + " failed: " + std::strerror(errno) + ".",
                       "check who owns the state folder"};
  }
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return std::optional<os::Fd>(std::move(file));
  if (errno == EWOULDBLOCK) return std::optional<os::Fd>();
  return base::Error{base::Code::storage_failed, "Locking " + layout.lock() + " failed: " + std::strerror(errno) + ".",
                     "keep the state folder on a file system with locks"};
}

}  // namespace x1::launch
