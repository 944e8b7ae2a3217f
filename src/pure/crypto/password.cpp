#include "crypto/password.hpp"

#include <sodium.h>

#include <array>

namespace x1::crypto {

base::Result<std::string> hash_password(std::string_view password) {
  X1_CHECK(sodium_init() >= 0);
  std::array<char, crypto_pwhash_STRBYTES> encoded{};
  if (crypto_pwhash_str_alg(encoded.data(), password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                            crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return base::Error{base::Code::internal, "There is not enough memory to hash a password.", "try again later"};
  }
  return std::string(encoded.data());
}

bool verify_password(std::string_view password, const std::string& hash) noexcept {
  if (sodium_init() < 0 || hash.size() >= crypto_pwhash_STRBYTES) return false;
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

base::Result<Secret> key_from_password(const Secret& password, base::BytesView salt) {
  static_assert(password_salt_bytes == crypto_pwhash_SALTBYTES);
  X1_CHECK(sodium_init() >= 0 && salt.size() == password_salt_bytes);
  X1_TRY(key, Secret::of_size(32));
  const auto plain = base::as_text(password.expose());
  if (crypto_pwhash(key.fill().data(), key.size(), plain.data(), plain.size(), salt.data(),
                    crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE,
                    crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return base::Error{base::Code::internal, "There is not enough memory to hash a password.", "try again later"};
  }
  return key;
}

}  // namespace x1::crypto
