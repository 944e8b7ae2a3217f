// Passkey: a key that the vault pinned for a person, and what an assertion by it has to say so that it counts as that
// person's touch under one consent token. Formats: schema/passkey.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/result.hpp"
#include "crypto/webauthn.hpp"
#include "policy/assurance.hpp"
#include "policy/tokens.hpp"
#include "wire/value.hpp"

namespace x1::policy {

inline constexpr std::size_t max_passkeys = 8;           // of one person
inline constexpr std::size_t max_passkey_id = 256;       // characters of base64url
inline constexpr std::size_t max_assertion_text = 3072;  // bytes

// The party for which the `x1` program's own keys answer. A page in a browser can't have such an origin.
[[nodiscard]] const crypto::RelyingParty& terminal_party();

struct Passkey {
  UserId user;
  std::string id;  // the credential's id, base64url
  crypto::PasskeyPublicKey key;
  crypto::RelyingParty party;
  bool operator==(const Passkey&) const = default;
};
[[nodiscard]] wire::Value to_value(const Passkey& passkey);
// Strictly; a party or key that there can't be is refused.
[[nodiscard]] base::Result<Passkey> passkey_from(const wire::Value& value);

// An assertion as it travels: id of the key, client data, authenticator data and signature, each base64url, with '.'
// between them.
struct Assertion {
  std::string key;
  crypto::PasskeyAssertion answer;
  bool operator==(const Assertion&) const = default;
};
[[nodiscard]] std::string to_text(const Assertion& assertion);
[[nodiscard]] base::Result<Assertion> assertion_from(std::string_view text);

// What a passkey signs, as the WebAuthn challenge: a digest of all that the yes says. Of a consent, every member of its
// token but `id`, `issued`, `expires` and `assertion`, so that nobody who carries the touch can make more of it.
[[nodiscard]] crypto::Digest consent_statement(const ConsentToken& token);
// Of a change to somebody's passkeys: that this one is pinned, or no longer. `revision` counts the changes before it,
// so that a change can't be made a second time with the same touch.
enum class PasskeyChange { add, remove };
[[nodiscard]] crypto::Digest change_statement(PasskeyChange change, const Passkey& passkey, std::uint64_t revision);

// The assertion's counter, if it is by this passkey and over this statement. Otherwise invalid_token.
[[nodiscard]] base::Result<std::uint32_t> verify_assertion(std::string_view text, const Passkey& passkey,
                                                           const crypto::Digest& statement);

// Whether the token carries the touch that was demanded of its actor. `passkey` is what the vault has pinned under the
// assertion's key, if it has. Fails with passkey_required (none there, or of another kind), or invalid_token.
[[nodiscard]] base::Status assured(const ConsentToken& token, Assurance demanded,
                                   const std::optional<Passkey>& passkey);

}  // namespace x1::policy
