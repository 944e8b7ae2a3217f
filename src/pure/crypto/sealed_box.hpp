// Sealed boxes (libsodium: X25519, XSalsa20-Poly1305): anyone can seal to a public key, only its owner opens.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/secret.hpp"

namespace x1::crypto {

struct BoxPublicKey {
  std::array<std::uint8_t, 32> bytes{};
  bool operator==(const BoxPublicKey&) const = default;
};

[[nodiscard]] std::string to_text(const BoxPublicKey& key);
[[nodiscard]] base::Result<BoxPublicKey> box_public_key_from_text(std::string_view text);

// Ciphertext that only the owner of `to` can open; 48 bytes longer than the secret.
[[nodiscard]] base::Bytes seal(const Secret& secret, const BoxPublicKey& to);

class BoxKey {
 public:
  [[nodiscard]] static base::Result<BoxKey> generate();
  [[nodiscard]] static base::Result<BoxKey> from_secret(const Secret& secret);  // 32 bytes

  [[nodiscard]] const BoxPublicKey& public_key() const noexcept { return public_; }
  // Fails with invalid_token when the box was made for another key or changed on the way.
  [[nodiscard]] base::Result<Secret> open(base::BytesView box) const;
  // The private half, for whoever stores the key.
  [[nodiscard]] const Secret& secret() const noexcept { return secret_; }

 private:
  BoxKey() = default;
  Secret secret_;
  BoxPublicKey public_;
};

}  // namespace x1::crypto
