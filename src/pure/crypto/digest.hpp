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

}  // namespace x1::crypto
