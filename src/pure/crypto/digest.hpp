// SHA-256 (FIPS 180-4), and comparison in constant time.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace x1::crypto {

struct Digest {
  std::array<std::uint8_t, 32> bytes{};
  bool operator==(const Digest&) const = default;  // digests are public: an ordinary comparison is fine
};

[[nodiscard]] Digest sha256(base::BytesView bytes);
[[nodiscard]] Digest sha256(std::string_view text);

// 64 characters of lower-case hex, and back.
[[nodiscard]] std::string to_hex(const Digest& digest);
[[nodiscard]] base::Result<Digest> digest_from_hex(std::string_view text);

// Whether two secret texts are equal; takes as long for a near miss as for a wide one of the same length.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace x1::crypto
