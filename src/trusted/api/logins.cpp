#include "api/logins.hpp"

#include <array>

#include "api/platform_audit.hpp"
#include "base/encoding.hpp"

namespace x1::api {
namespace {

base::Error unauthenticated() {
  return base::Error{base::Code::unauthenticated, "This needs a login.", "log in, and send the token as Bearer"};
}

}  // namespace

std::string new_token(crypto::Random& random) {
  std::array<std::uint8_t, 32> bytes{};
  random.fill(bytes);
  return base::base64url_encode(bytes);
}

std::string hash_of_token(std::string_view token) { return to_hex(crypto::sha256(token)); }

base::Result<LoggedIn> open_login(Services& services, const UserId& user, bool cookie, std::string_view how,
                                  base::Duration life) {
  const auto now = services.clock.now();
  LoggedIn opened{new_token(services.random), now + life, user, cookie};
  X1_TRY(cleaned, services.store.people().remove_expired(now));
  X1_TRY(added, services.store.people().add_login(Login{hash_of_token(opened.token), user, opened.expires}));
  audit::Entry entry;
  entry.kind = how;
  entry.actor = user.text();
  entry.outcome = "ok";
  X1_TRY(noted, audit_row(services, std::move(entry)));
  return opened;
}

UserId owner_id() { return UserId::parse("owner").value(); }

Status ensure_owner(Services& services) {
  X1_TRY(there, services.store.people().user(owner_id()));
  if (there) return base::Done{};
  return services.store.people().add_user(User{owner_id(), "owner", true, services.clock.now()}, "");
}

// The hash is looked up, not the token compared: how long the look-up takes tells nothing about any token.
base::Result<Caller> authenticate(Services& services, const std::string& token) {
  if (token.empty()) return unauthenticated();
  const auto hash = hash_of_token(token);
  X1_TRY(login, services.store.people().login(hash, services.clock.now()));
  if (!login) return unauthenticated();
  X1_TRY(user, services.store.people().user(login->user));
  if (!user) return unauthenticated();
  return Caller{user->id, user->owner, hash};
}

seam::launch::FromApi mint_bearer(Services& services, const seam::launch::MintBearer& asked) {
  std::string token;
  const auto done = services.store.transaction([&]() -> Status {
    X1_TRY(opened, open_login(services, owner_id(), false, "login.owner", owner_bearer_life));
    token = std::move(opened.token);
    return base::Done{};
  });
  if (!done.ok()) return seam::launch::MintRefused{asked.number, done.error().code, done.error().message};
  return seam::launch::Minted{asked.number, std::move(token), static_cast<std::uint32_t>(owner_bearer_life.count())};
}

seam::launch::FromApi mint_link(Services& services, const seam::launch::MintLink& asked) {
  const auto now = services.clock.now();
  auto link = new_token(services.random);
  const auto done = services.store.transaction([&]() -> Status {
    X1_TRY(cleaned, services.store.people().remove_expired(now));
    X1_TRY(added, services.store.people().add_link(Login{hash_of_token(link), owner_id(), now + link_life}));
    audit::Entry entry;
    entry.kind = "link.created";
    entry.actor = owner_id().text();
    entry.outcome = "ok";
    return audit_row(services, std::move(entry));
  });
  if (!done.ok()) return seam::launch::MintRefused{asked.number, done.error().code, done.error().message};
  return seam::launch::Minted{asked.number, std::move(link), static_cast<std::uint32_t>(link_life.count())};
}

}  // namespace x1::api
