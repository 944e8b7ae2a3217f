#include "os/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstring>

#include "os/durable.hpp"
#include "os/fd.hpp"
#include "os/path_error.hpp"

namespace x1::os {
namespace {

base::Status write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return path_error("Writing", path);
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return base::Done{};
}

}  // namespace

base::Result<std::string> read_all(int fd, std::size_t max_bytes) {
  std::string text;
  std::array<char, 16 * 1024> buffer{};
  for (;;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return path_error("Reading", "a descriptor");
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > max_bytes) return base::Error{base::Code::too_large, "The input is larger than allowed.", ""};
  }
}

base::Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return path_error("Opening", path);
  auto text = read_all(file.get(), max_bytes);
  if (!text.ok() && text.error().code == base::Code::too_large) {
    return base::Error{base::Code::too_large, path + " is larger than allowed.", ""};
  }
  return text;
}

base::Status write_file(const std::string& path, std::string_view bytes, mode_t mode) {
  const std::string temporary = path + ".new";
  // The folder may be another user's, and a link there may lead anywhere: never through what lies there already.
  if (::unlink(temporary.c_str()) != 0 && errno != ENOENT) return path_error("Removing", temporary);
  const Fd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!file) return path_error("Creating", temporary);
  X1_TRY(written, write_all(file.get(), bytes, temporary));
  static_cast<void>(written);
  if (::fchmod(file.get(), mode) != 0 || ::fsync(file.get()) != 0) return path_error("Flushing", temporary);
  return rename_file(temporary, path);
}

}  // namespace x1::os
