// LogFile: a diagnostic log that can't fill the disk. At its limit it becomes NAME.1, replacing the one before.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace x1::launch {

inline constexpr std::uint64_t max_log_bytes = 4ULL << 20;
inline constexpr std::uint64_t max_agent_log_bytes = 1ULL << 20;

class LogFile {
 public:
  [[nodiscard]] static base::Result<LogFile> open(std::string path, std::uint64_t limit = max_log_bytes);
  // Diagnostics are best effort by nature: a full disk loses lines, and nothing else.
  void append(std::string_view bytes) noexcept;

 private:
  LogFile(std::string path, std::uint64_t limit, os::Fd file, std::uint64_t size)
      : path_(std::move(path)), limit_(limit), file_(std::move(file)), size_(size) {}
  void rotate() noexcept;
  std::string path_;
  std::uint64_t limit_;
  os::Fd file_;
  std::uint64_t size_;
};

}  // namespace x1::launch
