// Passwords: Argon2id (RFC 9106) through libsodium. Takes 64 MiB and some 100 ms: never on the thread that serves.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/secret.hpp"

namespace x1::crypto {

// The encoded hash, salt and parameters included ("$argon2id$…"). Fails with internal when memory is short.
[[nodiscard]] base::Result<std::string> hash_password(std::string_view password);
// Whether the password has that hash; false for a malformed hash.
[[nodiscard]] bool verify_password(std::string_view password, const std::string& hash) noexcept;

inline constexpr std::size_t password_salt_bytes = 16;
// A key of 32 bytes that only who knows the password can make again, with the same salt. Fails as hash_password does.
[[nodiscard]] base::Result<Secret> key_from_password(const Secret& password, base::BytesView salt);

}  // namespace x1::crypto
