#include "api/bus_identities.hpp"

#include <doctest/doctest.h>

#include "wire/nkey.hpp"

namespace x1::api {
namespace {

crypto::SigningKey fresh() { return crypto::SigningKey::generate().value(); }

TEST_CASE("B1: a provider that is started again gets a user of its own, of its domain and session, and of no other") {
  const base::FakeClock clock{base::TimePoint{std::chrono::hours(1)}};
  auto role = fresh();
  const auto public_role = role.public_key();
  MintedIdentities identities{{fresh().public_key(), fresh(), std::move(role), fresh()}, {"calendar"}, clock};
  const auto session = base::SessionId::parse("s1").value();
  const auto user = [&](const base::Result<seam::launch::ProviderStart>& start) {
    REQUIRE(start.ok());
    CHECK(start->domain == "calendar");
    const auto parts = wire::nkey::credentials_in(base::as_bytes(start->credentials)).value();
    return wire::nkey::user_from_jwt(base::as_text(parts.jwt), public_role, clock.now()).value();
  };
  const auto first = user(identities.provider(session, "calendar"));
  const auto second = user(identities.provider(session, "calendar"));
  CHECK(first.name == "s1.calendar");
  CHECK(second.name == first.name);
  CHECK(second.key != first.key);
  for (const auto* other : {"files", "", "calendar.x", "*"})
    CHECK(identities.provider(session, other).error().code == base::Code::not_found);
}

}  // namespace
}  // namespace x1::api
