// What an agent changed in a person's folder: the upper layer of its overlay, read as hostile data and applied only to
// the paths the person chose.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace x1::launch {

enum class ChangeKind : std::uint8_t { added, modified, deleted, refused };  // refused: link, socket, fifo or device
[[nodiscard]] std::string_view to_string(ChangeKind kind) noexcept;

struct Change {
  std::string path;  // relative, no "..", any bytes but NUL: show it through a filter
  ChangeKind kind = ChangeKind::added;
  std::uint64_t bytes = 0;
  bool executable = false;
  bool runs_by_itself = false;  // some program of the person may run it unasked: name it in the question
  bool operator==(const Change&) const = default;
};

// Whether tools that people use run this file without being asked: git hooks and configuration, .envrc, editor tasks,
// package scripts, shell start-up files, CI definitions. Compared without case, as some file systems do.
[[nodiscard]] bool runs_by_itself(std::string_view path) noexcept;

}  // namespace x1::launch
