#include "launch/log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace x1::launch {
namespace {

os::Fd open_file(const std::string& path) noexcept {
  return os::Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
}

}  // namespace

base::Result<LogFile> LogFile::open(std::string path, std::uint64_t limit) {
  auto file = open_file(path);
  struct stat facts{};
  if (!file || ::fstat(file.get(), &facts) != 0) {
    return base::Error{base::Code::storage_failed, "Opening " + path + " failed: " + std::strerror(errno) + ".", ""};
  }
  return LogFile(std::move(path), limit, std::move(file), static_cast<std::uint64_t>(facts.st_size));
}

void LogFile::append(std::string_view bytes) noexcept {
  if (size_ + bytes.size() > limit_) rotate();
  if (!file_) return;
  const auto wrote = ::write(file_.get(), bytes.data(), bytes.size());
  if (wrote > 0) size_ += static_cast<std::uint64_t>(wrote);
}

void LogFile::rotate() noexcept {
  const auto older = path_ + ".1";
  if (std::rename(path_.c_str(), older.c_str()) != 0) static_cast<void>(::unlink(path_.c_str()));
  file_ = open_file(path_);
  size_ = 0;
}

}  // namespace x1::launch
