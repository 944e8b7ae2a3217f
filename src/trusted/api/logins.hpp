// Logins: server-side sessions of people. The token is told once; what is stored is its SHA-256.
#pragma once

#include <optional>
#include <string>

#include "api/services.hpp"

namespace x1::api {

inline constexpr base::Duration login_life = std::chrono::hours(24 * 7);
inline constexpr std::chrono::seconds link_life = std::chrono::minutes(5);
// Of the bearer that the owner's own `x1` gets: edge sees it, and whoever takes edge over has it for that long.
inline constexpr std::chrono::seconds owner_bearer_life = std::chrono::minutes(15);

struct LoggedIn {
  std::string token;
  TimePoint expires;
  UserId user;
  bool cookie = false;  // hand it over as a cookie, out of reach of scripts, instead of in the body
};

// 256 random bits as base64url.
[[nodiscard]] std::string new_token(crypto::Random& random);
[[nodiscard]] std::string hash_of_token(std::string_view token);

// Opens a login in the present transaction, with its row in the audit. `how`: "login.password", "login.link",
// "login.owner".
[[nodiscard]] base::Result<LoggedIn> open_login(Services& services, const UserId& user, bool cookie,
                                                std::string_view how, base::Duration life = login_life);

// Who shows this token. Fails with unauthenticated: there is no other way to be somebody.
[[nodiscard]] base::Result<Caller> authenticate(Services& services, const std::string& token);

// The user whom the platform belongs to: id "owner", no password.
[[nodiscard]] UserId owner_id();
// The owner's login, asked for by the supervisor: the kernel told it that the owner's own program wants it.
[[nodiscard]] seam::launch::FromApi mint_bearer(Services& services, const seam::launch::MintBearer& asked);
// A link that lets the owner in once, within link_life: how a browser gets in. Only the supervisor can ask: a bearer,
// which edge sees, must not become a login that outlives it.
[[nodiscard]] seam::launch::FromApi mint_link(Services& services, const seam::launch::MintLink& asked);
// Makes that user when it is not there yet.
[[nodiscard]] Status ensure_owner(Services& services);

}  // namespace x1::api
