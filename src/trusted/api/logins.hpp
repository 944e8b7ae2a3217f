// Logins: server-side sessions of people. The token is told once; what is stored is its SHA-256.
#pragma once

#include <optional>
#include <string>

#include "api/services.hpp"

namespace x1::api {

inline constexpr base::Duration login_life = std::chrono::hours(24 * 7);
inline constexpr base::Duration link_life = std::chrono::minutes(5);

struct LoggedIn {
  std::string token;
  TimePoint expires;
  UserId user;
  bool cookie = false;  // hand it over as a cookie, out of reach of scripts, instead of in the body
};

// 256 random bits as base64url.
[[nodiscard]] std::string new_token(crypto::Random& random);
[[nodiscard]] std::string hash_of_token(std::string_view token);

// Opens a login in the present transaction, with its row in the audit. `how`: "login.password", "login.link".
[[nodiscard]] base::Result<LoggedIn> open_login(Services& services, const UserId& user, bool cookie,
                                                std::string_view how);

// Who shows this token, or is this user of the operating system. Fails with unauthenticated. A token that is not good
// is never made up for by anything else.
[[nodiscard]] base::Result<Caller> authenticate(Services& services, const std::string& token,
                                                std::optional<std::uint32_t> peer_uid, std::uint32_t owner_uid);

// The user whom the platform belongs to: id "owner", no password.
[[nodiscard]] UserId owner_id();
// Makes that user when it is not there yet.
[[nodiscard]] Status ensure_owner(Services& services);

}  // namespace x1::api
