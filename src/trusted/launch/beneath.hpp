// Opens files below a folder and nowhere else: no symbolic link is followed, no `..`, no other mount (openat2(2)).
#pragma once

#include <string>

#include "os/fd.hpp"

namespace x1::launch {

// `path` is relative to `folder`. An empty Fd when it can't be opened so; errno tells why.
[[nodiscard]] os::Fd open_beneath(int folder, const std::string& path, int flags, unsigned mode = 0) noexcept;

// "a/b/c" → "a/b" and "c"; "c" → "." and "c".
struct SplitPath {
  std::string folder;
  std::string name;
};
[[nodiscard]] SplitPath split(const std::string& path);

// Relative, not empty, no empty, "." or ".." part, no NUL, at most 4096 bytes.
[[nodiscard]] bool is_plain_path(const std::string& path) noexcept;

}  // namespace x1::launch
