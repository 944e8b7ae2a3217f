// What a person types at a prompt, in words.
#pragma once

#include <string>
#include <string_view>

namespace x1::cli {

// What stands between words.
inline constexpr std::string_view blanks = " \t\r";

// Letters of ASCII only.
[[nodiscard]] std::string lower(std::string_view text);

}  // namespace x1::cli
