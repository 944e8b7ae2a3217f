#include "crypto/random.hpp"

#include <sodium.h>
#include <algorithm>
#include <array>
#include <cctype>

#include "base/encoding.hpp"

namespace x1::crypto {

void SystemRandom::fill(std::span<std::uint8_t> bytes) { randombytes_buf(bytes.data(), bytes.size()); }

std::string random_id(Random& random) {
  std::array<std::uint8_t, 16> bytes{};
  random.fill(bytes);
  auto text = base::base32_encode(bytes);
  std::ranges::transform(text, text.begin(), [](char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace x1::crypto
