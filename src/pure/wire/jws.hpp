// Compact JWS (RFC 7515) with EdDSA over Ed25519 (RFC 8037), one `typ` per kind of token, and nothing else: a token
// with any other header, algorithm or order of members is refused before its payload is decoded.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "crypto/signing.hpp"
#include "wire/value.hpp"

namespace x1::wire {

enum class TokenType { turn, consent, ticket, receipt, release, event, audit, control, challenge };
// "x1-turn+jws" and so on: the `typ` member of the header.
[[nodiscard]] std::string_view to_string(TokenType type) noexcept;

// {"alg":"EdDSA","kid":…,"typ":…} . canonical payload . signature
[[nodiscard]] std::string sign_jws(TokenType type, const Value& payload, const crypto::SigningKey& key);

// The payload, if one of `keys` has the token's kid and made the signature over exactly these bytes.
// Fails with invalid_token, or too_large above `max_bytes`.
[[nodiscard]] base::Result<Value> verify_jws(TokenType type, std::string_view token,
                                             std::span<const crypto::PublicKey> keys, std::size_t max_bytes = 1 << 20);

// Whether the token's header is that of this kind by this key. It says nothing of the signature.
[[nodiscard]] bool names_key(TokenType type, std::string_view token, const crypto::PublicKey& key);

// The type that the token's header claims, for choosing its reader; nothing when it claims none that there is. It is
// not to be believed before that reader has verified the token.
[[nodiscard]] std::optional<TokenType> claimed_type(std::string_view token);

}  // namespace x1::wire
