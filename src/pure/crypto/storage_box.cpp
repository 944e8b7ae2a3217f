#include "crypto/storage_box.hpp"

#include <sodium.h>

#include <algorithm>

namespace x1::crypto {
namespace {

constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(nonce_bytes + tag_bytes == StorageKey::overhead);
static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == StorageKey::size);

}  // namespace

base::Result<StorageKey> StorageKey::from_secret(const Secret& secret) {
  if (secret.size() != size) return base::Error{base::Code::invalid_request, "A storage key has 32 bytes.", ""};
  X1_TRY(copy, Secret::copy_of(secret.expose()));
  return StorageKey(std::move(copy));
}

base::Bytes StorageKey::seal(const Secret& secret, std::string_view name, Random& random) const {
  base::Bytes box(overhead + secret.size());
  const auto nonce = std::span(box).first(nonce_bytes);
  random.fill(nonce);
  const auto rest = std::span(box).subspan(nonce_bytes);
  const auto named = base::as_bytes(name);
  const int sealed = crypto_aead_xchacha20poly1305_ietf_encrypt(rest.data(), nullptr, secret.expose().data(),
                                                                secret.size(), named.data(), named.size(), nullptr,
                                                                nonce.data(), key_.expose().data());
  X1_CHECK(sealed == 0);
  return box;
}

base::Result<Secret> StorageKey::open(base::BytesView box, std::string_view name) const {
  const base::Error refused{base::Code::storage_failed, "A sealed file was changed, or belongs to another key or name.",
                            ""};
  if (box.size() < overhead) return refused;
  X1_TRY(secret, Secret::of_size(box.size() - overhead));
  const auto rest = box.subspan(nonce_bytes);
  const auto named = base::as_bytes(name);
  const int opened =
      crypto_aead_xchacha20poly1305_ietf_decrypt(secret.fill().data(), nullptr, nullptr, rest.data(), rest.size(),
                                                 named.data(), named.size(), box.data(), key_.expose().data());
  if (opened != 0) return refused;
  return secret;
}

}  // namespace x1::crypto
