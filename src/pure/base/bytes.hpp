// Bytes: an owned run of bytes that is not text. Text is std::string.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace x1::base {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;

// The same bytes, seen as the other type. The view lives as long as its source.
[[nodiscard]] BytesView as_bytes(std::string_view text) noexcept;
[[nodiscard]] std::string_view as_text(BytesView bytes) noexcept;

[[nodiscard]] Bytes to_bytes(std::string_view text);

}  // namespace x1::base
