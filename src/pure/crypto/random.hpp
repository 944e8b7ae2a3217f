// Random: the port for chance, so that pure code and tests stay deterministic.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace x1::crypto {

class Random {
 public:
  Random() = default;
  Random(const Random&) = delete;
  Random& operator=(const Random&) = delete;
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> bytes) = 0;
};

// The kernel's random source, through libsodium.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override;
};

// An id of 128 random bits: 26 characters of a-z and 2-7 (parses as any base::Id).
[[nodiscard]] std::string random_id(Random& random);

}  // namespace x1::crypto
