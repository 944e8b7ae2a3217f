#include "crypto/signing.hpp"

#include <sodium.h>
#include <algorithm>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace x1::crypto {

std::string to_text(const PublicKey& key) { return base::base64url_encode(key.bytes); }

base::Result<PublicKey> public_key_from_text(std::string_view text) {
  X1_TRY(bytes, base::base64url_decode(text));
  PublicKey key;
  if (bytes.size() != key.bytes.size()) {
    return base::Error{base::Code::invalid_request, "A public key has 32 bytes.", ""};
  }
  std::ranges::copy(bytes, key.bytes.begin());
  return key;
}

std::string key_id(const PublicKey& key) { return base::base64url_encode(sha256(key.bytes).bytes).substr(0, 16); }

bool verify(const PublicKey& key, base::BytesView message, const Signature& signature) noexcept {
  return crypto_sign_verify_detached(signature.data(), message.data(), message.size(), key.bytes.data()) == 0;
}

base::Result<SigningKey> SigningKey::generate() {
  X1_TRY(seed, Secret::of_size(crypto_sign_SEEDBYTES));
  randombytes_buf(seed.fill().data(), seed.size());
  return from_seed(seed);
}

base::Result<SigningKey> SigningKey::from_seed(const Secret& seed) {
  if (seed.size() != crypto_sign_SEEDBYTES) {
    return base::Error{base::Code::invalid_request, "A signing seed has 32 bytes.", ""};
  }
  SigningKey key;
  X1_TRY(secret, Secret::of_size(crypto_sign_SECRETKEYBYTES));
  crypto_sign_seed_keypair(key.public_.bytes.data(), secret.fill().data(), seed.expose().data());
  key.secret_ = std::move(secret);
  key.key_id_ = crypto::key_id(key.public_);
  return key;
}

Signature SigningKey::sign(base::BytesView message) const {
  Signature signature{};
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), secret_.expose().data());
  return signature;
}

base::Result<Secret> SigningKey::seed() const {
  X1_TRY(seed, Secret::of_size(crypto_sign_SEEDBYTES));
  crypto_sign_ed25519_sk_to_seed(seed.fill().data(), secret_.expose().data());
  return seed;
}

}  // namespace x1::crypto
