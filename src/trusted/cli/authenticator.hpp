// Authenticator: the passkey of `x1` itself, one a person, in STATE/passkeys. Its private half opens with a passphrase
// that is asked for at each use: typing it is the touch.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "crypto/signing.hpp"
#include "policy/passkey.hpp"

namespace x1::cli {

inline constexpr std::size_t min_passphrase = 8;  // bytes

class Authenticator {
 public:
  // Makes and keeps a new key of this person's. Fails with conflict when there is one.
  [[nodiscard]] static base::Result<Authenticator> create(const std::string& state, const base::UserId& user,
                                                          const crypto::Secret& passphrase);
  // Fails with passkey_required when there is none here, or forbidden when the passphrase is another.
  [[nodiscard]] static base::Result<Authenticator> open(const std::string& state, const base::UserId& user,
                                                        const crypto::Secret& passphrase);
  [[nodiscard]] static bool exists(const std::string& state, const base::UserId& user);

  [[nodiscard]] policy::Passkey passkey() const;
  // The touch under this statement. The counter is kept before the signature is made.
  [[nodiscard]] base::Result<std::string> touch(const crypto::Digest& statement) const;

 private:
  Authenticator(std::string path, base::UserId user, crypto::SigningKey key)
      : path_(std::move(path)), user_(std::move(user)), key_(std::move(key)) {}
  std::string path_;
  base::UserId user_;
  crypto::SigningKey key_;
};

}  // namespace x1::cli
