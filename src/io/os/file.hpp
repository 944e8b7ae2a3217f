// Whole small files: read with a limit, written so that a crash leaves the old or the new one, never half of either.
#pragma once

#include <sys/types.h>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace x1::os {

// Fails with not_found, too_large or storage_failed.
[[nodiscard]] base::Result<std::string> read_file(const std::string& path, std::size_t max_bytes = 1 << 20);
// All that can be read from a descriptor until its end; for keys and settings that are handed over in a pipe.
[[nodiscard]] base::Result<std::string> read_all(int fd, std::size_t max_bytes = 1 << 20);
// Writes a temporary file beside it, fsyncs, renames, fsyncs the folder.
[[nodiscard]] base::Status write_file(const std::string& path, std::string_view bytes, mode_t mode = 0600);

}  // namespace x1::os
