// LineFile: an append-only file of lines. What is added waits in memory until `write` has handed it to the system, and
// is durable once `sync` has put it on the disk; after a crash, a last line that was not finished is cut off. One
// process at a time (flock).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace x1::broker {

class LineFile {
 public:
  // Called with each whole line, in order, without its '\n'. An error ends the opening.
  using OnLine = std::function<base::Status(std::string_view line)>;

  // A line may not be longer than this; nor may one read from the file.
  static constexpr std::size_t max_line_bytes = 8 << 20;
  static constexpr std::uint64_t max_file_bytes = std::uint64_t{1} << 30;

  // Opens or creates the file (0600) and reads it through. Fails with storage_failed, or conflict when another
  // process holds it.
  [[nodiscard]] static base::Result<LineFile> open(const std::string& path, const OnLine& on_line);

  // How many bytes of an unfinished line were cut off when it was opened.
  [[nodiscard]] std::uint64_t cut_off() const noexcept { return cut_off_; }

  // Adds a line, to be written by the next write or sync. It must not hold '\n'.
  void add(std::string_view line);
  [[nodiscard]] bool has_unsynced() const noexcept { return written_ > 0 || !waiting_.empty(); }

  // Writes what waits: it outlives this process from then on, but not yet the machine. Not to be believed before sync.
  [[nodiscard]] base::Status write();
  // Writes what waits and makes everything durable (fdatasync). After a failure nothing more can be written: what is on
  // the disk stays whole, and every later write and sync fails too.
  [[nodiscard]] base::Status sync();

  // Bytes that are durable.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  // Durable bytes from `offset` on, cut after the last whole line that fits in `max_bytes` (at least one line).
  [[nodiscard]] base::Result<std::string> read(std::uint64_t offset, std::size_t max_bytes) const;

 private:
  LineFile() = default;
  [[nodiscard]] base::Status read_through(const OnLine& on_line);
  [[nodiscard]] base::Status write_waiting();
  [[nodiscard]] base::Status give_up(base::Status why);

  os::Fd file_;
  std::string waiting_;
  std::uint64_t size_ = 0;
  std::uint64_t written_ = 0;  // bytes behind size_ that are not durable yet
  std::uint64_t cut_off_ = 0;
  bool failed_ = false;
};

}  // namespace x1::broker
