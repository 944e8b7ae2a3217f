#include "crypto/sealed_box.hpp"

#include <sodium.h>
#include <algorithm>

#include "base/encoding.hpp"

namespace x1::crypto {

std::string to_text(const BoxPublicKey& key) { return base::base64url_encode(key.bytes); }

base::Result<BoxPublicKey> box_public_key_from_text(std::string_view text) {
  X1_TRY(bytes, base::base64url_decode(text));
  BoxPublicKey key;
  if (bytes.size() != key.bytes.size()) {
    return base::Error{base::Code::invalid_request, "A public key has 32 bytes.", ""};
  }
  std::ranges::copy(bytes, key.bytes.begin());
  return key;
}

base::Bytes seal(const Secret& secret, const BoxPublicKey& to) {
  base::Bytes box(secret.size() + crypto_box_SEALBYTES);
  const int sealed = crypto_box_seal(box.data(), secret.expose().data(), secret.size(), to.bytes.data());
  X1_CHECK(sealed == 0);
  return box;
}

base::Result<BoxKey> BoxKey::generate() {
  X1_TRY(secret, Secret::of_size(crypto_box_SECRETKEYBYTES));
  randombytes_buf(secret.fill().data(), secret.size());
  return from_secret(secret);
}

base::Result<BoxKey> BoxKey::from_secret(const Secret& secret) {
  if (secret.size() != crypto_box_SECRETKEYBYTES) {
    return base::Error{base::Code::invalid_request, "A box key has 32 bytes.", ""};
  }
  BoxKey key;
  X1_TRY(copy, Secret::copy_of(secret.expose()));
  key.secret_ = std::move(copy);
  crypto_scalarmult_base(key.public_.bytes.data(), key.secret_.expose().data());
  return key;
}

base::Result<Secret> BoxKey::open(base::BytesView box) const {
  const base::Error refused{base::Code::invalid_token, "The sealed box was not made for this key, or was changed.", ""};
  if (box.size() < crypto_box_SEALBYTES) return refused;
  X1_TRY(secret, Secret::of_size(box.size() - crypto_box_SEALBYTES));
  const int opened =
      crypto_box_seal_open(secret.fill().data(), box.data(), box.size(), public_.bytes.data(), secret_.expose().data());
  if (opened != 0) return refused;
  return secret;
}

}  // namespace x1::crypto
