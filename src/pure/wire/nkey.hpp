// nkeys and NATS JWTs (nats.io, "Decentralized JWT authentication"): text forms of Ed25519 keys with a role prefix and
// a CRC-16, and the JWTs of operator, account and user, signed with alg "ed25519-nkey".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "crypto/secret.hpp"
#include "crypto/signing.hpp"

namespace x1::wire::nkey {

enum class Role { operator_, account, user };

// "O…", "A…", "U…".
[[nodiscard]] std::string public_text(Role role, const crypto::PublicKey& key);
// "SO…", "SA…", "SU…": the private seed. The result is secret.
// The way back. Fails with invalid_token when the text is not a key of that role.
[[nodiscard]] base::Result<crypto::PublicKey> public_from_text(Role role, std::string_view text);
[[nodiscard]] base::Result<crypto::Secret> seed_text(Role role, const crypto::SigningKey& key);
// Takes a seed of any role.
[[nodiscard]] base::Result<crypto::SigningKey> key_from_seed_text(const crypto::Secret& text);

struct Permissions {
  std::vector<std::string> publish;  // allow lists; an empty list allows nothing
  std::vector<std::string> subscribe;
  bool may_respond = false;  // one response to each request received, within `respond_within`
  std::int64_t respond_within_ns = 0;
};

// A role that a signing key of the account may issue users for; the server fills {{name()}} from the user's name.
struct ScopedKey {
  crypto::PublicKey key;
  std::string role;
  Permissions permissions;
};

[[nodiscard]] std::string operator_jwt(const crypto::SigningKey& operator_key, std::string_view name,
                                       base::TimePoint issued);
[[nodiscard]] std::string account_jwt(const crypto::SigningKey& operator_key, const crypto::PublicKey& account,
                                      std::string_view name, const std::vector<ScopedKey>& scoped_keys,
                                      base::TimePoint issued);
// A user of `account`, issued by one of its scoped signing keys, whose template gives the permissions.
[[nodiscard]] std::string user_jwt(const crypto::SigningKey& scoped_key, const crypto::PublicKey& account,
                                   const crypto::PublicKey& user, std::string_view name, base::TimePoint issued,
                                   base::TimePoint expires);

// Who a user's JWT is for. The JWT alone opens nothing: the server also wants a signature by the user's key.
struct User {
  crypto::PublicKey key;
  std::string name;
  base::TimePoint expires;
};
// Takes a JWT as user_jwt makes them, signed by this scoped key, and not expired. Fails with invalid_token or expired.
[[nodiscard]] base::Result<User> user_from_jwt(std::string_view jwt, const crypto::PublicKey& scoped_key,
                                               base::TimePoint now);

// The text of a .creds file (JWT and seed), as libnats reads it. Secret.
[[nodiscard]] base::Result<crypto::Secret> credentials(std::string_view jwt, const crypto::SigningKey& user);

// Where the two stand in such a text. Fails with invalid_token.
struct CredentialsText {
  base::BytesView jwt;
  base::BytesView seed;
};
[[nodiscard]] base::Result<CredentialsText> credentials_in(base::BytesView text);

struct Credentials {
  std::string jwt;
  crypto::SigningKey user;
};
// The way back, for our own bus client. Fails with invalid_token.
[[nodiscard]] base::Result<Credentials> credentials_from(const crypto::Secret& text);

}  // namespace x1::wire::nkey
