// Sealing for a disk (libsodium: XChaCha20-Poly1305, random nonce): only the holder of the key opens, and a box opens
// only under the name that it was sealed for, so that one file can't stand in for another.
#pragma once

#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/random.hpp"
#include "crypto/secret.hpp"

namespace x1::crypto {

class StorageKey {
 public:
  static constexpr std::size_t size = 32;
  // How much longer a box is than what is in it: nonce (24) and tag (16).
  static constexpr std::size_t overhead = 40;

  // Takes a copy of exactly 32 bytes.
  [[nodiscard]] static base::Result<StorageKey> from_secret(const Secret& secret);

  [[nodiscard]] base::Bytes seal(const Secret& secret, std::string_view name, Random& random) const;
  // Fails with storage_failed when the box was changed, cut, or sealed under another key or name.
  [[nodiscard]] base::Result<Secret> open(base::BytesView box, std::string_view name) const;

 private:
  explicit StorageKey(Secret key) : key_(std::move(key)) {}
  Secret key_;
};

}  // namespace x1::crypto
