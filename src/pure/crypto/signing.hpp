// Ed25519 (RFC 8032): one fixed algorithm for everything that is signed here.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/secret.hpp"

namespace x1::crypto {

using Signature = std::array<std::uint8_t, 64>;

struct PublicKey {
  std::array<std::uint8_t, 32> bytes{};
  bool operator==(const PublicKey&) const = default;
};

// Base64url, 43 characters, and back.
[[nodiscard]] std::string to_text(const PublicKey& key);
[[nodiscard]] base::Result<PublicKey> public_key_from_text(std::string_view text);
// The first 16 characters of the base64url of the key's SHA-256: what a token names its key by.
[[nodiscard]] std::string key_id(const PublicKey& key);

[[nodiscard]] bool verify(const PublicKey& key, base::BytesView message, const Signature& signature) noexcept;

// A private key; it can sign and tell its public half, and nothing else.
class SigningKey {
 public:
  // From the kernel's random source.
  [[nodiscard]] static base::Result<SigningKey> generate();
  // From a 32-byte seed.
  [[nodiscard]] static base::Result<SigningKey> from_seed(const Secret& seed);

  [[nodiscard]] Signature sign(base::BytesView message) const;
  [[nodiscard]] const PublicKey& public_key() const noexcept { return public_; }
  [[nodiscard]] const std::string& key_id() const noexcept { return key_id_; }
  // A copy of the 32-byte seed, for whoever stores the key.
  [[nodiscard]] base::Result<Secret> seed() const;

 private:
  SigningKey() = default;
  Secret secret_;
  PublicKey public_;
  std::string key_id_;
};

}  // namespace x1::crypto
