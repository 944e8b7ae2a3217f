// Limits of a yes as people write and read them: `--uses 5 --bytes 2MB`. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/limits.hpp"

namespace x1::cli {

// "500", "20kB", "2MB", "1GB" (thousands), "64KiB", "2MiB", "1GiB"; in any case, 1 to 2^40.
[[nodiscard]] std::optional<std::uint64_t> size_from(std::string_view text);
[[nodiscard]] std::string size_text(std::uint64_t bytes);
// "--uses N", "--bytes SIZE", or both, each once, with blanks between; nothing when it is anything else or nothing.
[[nodiscard]] std::optional<policy::Limits> limits_from_line(std::string_view line);
// "5 calls", "2 MB", "5 calls and 2 MB".
[[nodiscard]] std::string limits_text(const policy::Limits& limits);

}  // namespace x1::cli
