#include "broker/line_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace x1::broker {
namespace {

using base::Code;
using base::Error;

Error failed(std::string_view what) {
  return Error{Code::storage_failed, std::string(what) + " the session's record failed: " + std::strerror(errno) + ".",
               "Free space on the disk that holds the platform's state, then start the session again."};
}

// At most `most` bytes; fewer only at the end of the file.
base::Result<std::string> read_at(int fd, std::uint64_t offset, std::size_t most) {
  std::string bytes(most, '\0');
  std::size_t have = 0;
  while (have < most) {
    const auto room = std::span(bytes).subspan(have);
    const ssize_t got = ::pread(fd, room.data(), room.size(), static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("Reading");
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

// A new file's name must be as durable as its lines.
base::Status sync_folder_of(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path().string();
  const os::Fd parent(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent || ::fsync(parent.get()) != 0) return failed("Creating");
  return base::Done{};
}

}  // namespace

base::Result<LineFile> LineFile::open(const std::string& path, const OnLine& on_line) {
  LineFile file;
  file.file_ = os::Fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.file_) return failed("Opening");
  if (::flock(file.file_.get(), LOCK_EX | LOCK_NB) != 0) {
    return Error{Code::conflict, "Another broker works on this session's record.", ""};
  }
  X1_TRY(read, file.read_through(on_line));
  X1_TRY(named, sync_folder_of(path));
  return file;
}

base::Status LineFile::read_through(const OnLine& on_line) {
  constexpr std::size_t step = 256 * 1024;
  std::string held;
  std::uint64_t offset = 0;
  for (;;) {
    X1_TRY(bytes, read_at(file_.get(), offset, step));
    if (bytes.empty()) break;
    offset += bytes.size();
    held.append(bytes);
    std::size_t begin = 0;
    for (auto end = held.find('\n'); end != std::string::npos; end = held.find('\n', begin)) {
      X1_TRY(taken, on_line(std::string_view(held).substr(begin, end - begin)));
      begin = end + 1;
    }
    size_ += begin;
    held.erase(0, begin);
    if (held.size() > max_line_bytes) return Error{Code::storage_failed, "A line of the record is too long.", ""};
  }
  cut_off_ = held.size();
  if (cut_off_ == 0) return base::Done{};
  if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0 || ::fdatasync(file_.get()) != 0) {
    return failed("Mending");
  }
  return base::Done{};
}

void LineFile::add(std::string_view line) {
  X1_CHECK(line.size() < max_line_bytes && line.find('\n') == std::string_view::npos);
  waiting_.append(line);
  waiting_.push_back('\n');
}

base::Status LineFile::write_waiting() {
  if (size_ + written_ + waiting_.size() > max_file_bytes) {
    return Error{Code::storage_failed, "The session's record is full.", "Start a new session."};
  }
  std::size_t wrote = 0;
  while (wrote < waiting_.size()) {
    const auto left = std::string_view(waiting_).substr(wrote);
    const ssize_t count = ::pwrite(file_.get(), left.data(), left.size(), static_cast<off_t>(size_ + written_ + wrote));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("Writing");
    wrote += static_cast<std::size_t>(count);
  }
  written_ += wrote;
  waiting_.clear();
  return base::Done{};
}

// Half a line must not be taken for a row later; the cut itself may fail, then the next opening does it.
base::Status LineFile::give_up(base::Status why) {
  failed_ = true;
  [[maybe_unused]] const int cut = ::ftruncate(file_.get(), static_cast<off_t>(size_));
  waiting_.clear();
  written_ = 0;
  return why;
}

base::Status LineFile::write() {
  if (failed_) return Error{Code::storage_failed, "The session's record can't be written.", "Start the session again."};
  auto written = write_waiting();
  return written.ok() ? written : give_up(std::move(written));
}

base::Status LineFile::sync() {
  X1_TRY(written, write());
  if (written_ == 0) return base::Done{};
  // fdatasync also writes the new length, without which the lines could not be read back.
  if (::fdatasync(file_.get()) != 0) return give_up(failed("Writing"));
  size_ += std::exchange(written_, 0);
  return base::Done{};
}

base::Result<std::string> LineFile::read(std::uint64_t offset, std::size_t max_bytes) const {
  if (offset >= size_) return std::string();
  for (std::size_t most = max_bytes;; most = max_line_bytes) {
    X1_TRY(bytes,
           read_at(file_.get(), offset, static_cast<std::size_t>(std::min<std::uint64_t>(most, size_ - offset))));
    const auto last = bytes.rfind('\n');
    if (last != std::string::npos) return bytes.substr(0, last + 1);
    if (most >= max_line_bytes) return Error{Code::storage_failed, "A line of the record is too long.", ""};
  }
}

}  // namespace x1::broker
