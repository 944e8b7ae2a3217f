#include "wire/nkey.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "wire/json.hpp"

namespace x1::wire::nkey {
namespace {

const base::TimePoint now = base::from_unix_seconds(1'800'000'000);

crypto::Secret secret_of(std::string_view text) {
  auto secret = crypto::Secret::copy_of(base::as_bytes(text));
  REQUIRE(secret.ok());
  return std::move(secret).value();
}

crypto::SigningKey key_from(std::uint8_t first) {
  auto seed = crypto::Secret::of_size(32);
  REQUIRE(seed.ok());
  seed->fill()[0] = first;
  auto key = crypto::SigningKey::from_seed(*seed);
  REQUIRE(key.ok());
  return std::move(key).value();
}

// The claims of a JWT whose header is the one it must have and whose signature holds.
Value claims_of(std::string_view jwt, const crypto::PublicKey& signer) {
  const auto first = jwt.find('.');
  const auto last = jwt.rfind('.');
  REQUIRE(first < last);
  const auto header = base::base64url_decode(jwt.substr(0, first));
  REQUIRE(header.ok());
  CHECK(base::as_text(*header) == R"({"typ":"JWT","alg":"ed25519-nkey"})");
  const auto bytes = base::base64url_decode(jwt.substr(last + 1));
  REQUIRE(bytes.ok());
  crypto::Signature signature{};
  REQUIRE(bytes->size() == signature.size());
  std::ranges::copy(*bytes, signature.begin());
  CHECK(crypto::verify(signer, base::as_bytes(jwt.substr(0, last)), signature));
  const auto body = base::base64url_decode(jwt.substr(first + 1, last - first - 1));
  REQUIRE(body.ok());
  auto claims = parse_json(base::as_text(*body));
  REQUIRE(claims.ok());
  return std::move(claims).value();
}

}  // namespace

TEST_CASE("a user's JWT is read again, when the right key signed it and until it expires") {
  const auto scoped = key_from(3);
  const auto account = key_from(4).public_key();
  const auto user = key_from(5).public_key();
  const auto jwt = user_jwt(scoped, account, user, "s1.calendar", now, now + std::chrono::minutes(10));
  const auto read = user_from_jwt(jwt, scoped.public_key(), now);
  REQUIRE(read.ok());
  CHECK(read->key == user);
  CHECK(read->name == "s1.calendar");
  CHECK(read->expires == now + std::chrono::minutes(10));
  CHECK(user_from_jwt(jwt, scoped.public_key(), now + std::chrono::minutes(10)).error().code == base::Code::expired);
  CHECK_FALSE(user_from_jwt(jwt, key_from(6).public_key(), now).ok());
  for (std::size_t at = 0; at < jwt.size(); at += 7) {
    auto changed = jwt;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    CHECK_FALSE(user_from_jwt(changed, scoped.public_key(), now).ok());
  }
  for (const auto* text : {"", ".", "..", "a.b.c"})
    CHECK_FALSE(user_from_jwt(text, scoped.public_key(), now).ok());
}

TEST_CASE("a public key is read back as what it was written, and as no other role") {
  const auto key = key_from(9).public_key();
  CHECK(public_from_text(Role::user, public_text(Role::user, key)).value() == key);
  CHECK_FALSE(public_from_text(Role::user, public_text(Role::account, key)).ok());
  CHECK_FALSE(public_from_text(Role::user, "U").ok());
}

TEST_CASE("keys are written with the letter of their role") {
  const auto key = key_from(7);
  CHECK(public_text(Role::operator_, key.public_key()).starts_with('O'));
  CHECK(public_text(Role::account, key.public_key()).starts_with('A'));
  CHECK(public_text(Role::user, key.public_key()).starts_with('U'));
  CHECK(public_text(Role::user, key.public_key()).size() == 56);
  const std::array<std::pair<Role, std::string_view>, 3> seeds{
      {{Role::operator_, "SO"}, {Role::account, "SA"}, {Role::user, "SU"}}};
  for (const auto& [role, start] : seeds) {
    const auto text = seed_text(role, key);
    REQUIRE(text.ok());
    CHECK(text->size() == 58);
    CHECK(base::as_text(text->expose()).starts_with(start));
  }
}

TEST_CASE("a seed that was written is read back as the same key") {
  CHECK(rc::check("seeds", [](const std::array<std::uint8_t, 32>& bytes) {
    const auto seed = crypto::Secret::copy_of(bytes);
    RC_ASSERT(seed.ok());
    const auto key = crypto::SigningKey::from_seed(*seed);
    RC_ASSERT(key.ok());
    const auto text = seed_text(Role::account, *key);
    RC_ASSERT(text.ok());
    const auto back = key_from_seed_text(*text);
    RC_ASSERT(back.ok());
    RC_ASSERT(back->public_key() == key->public_key());
  }));
}

TEST_CASE("a seed with any other letter, length or checksum is refused") {
  const auto seed = seed_text(Role::user, key_from(1));
  REQUIRE(seed.ok());
  const std::string text(base::as_text(seed->expose()));
  REQUIRE(key_from_seed_text(secret_of(text)).ok());
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto changed = text;
    changed[at] = changed[at] == 'B' ? 'C' : 'B';
    CHECK(!key_from_seed_text(secret_of(changed)).ok());
    CHECK(!key_from_seed_text(secret_of(text.substr(0, at))).ok());
  }
  CHECK(!key_from_seed_text(secret_of(text + "A")).ok());
  CHECK(!key_from_seed_text(secret_of(public_text(Role::user, key_from(1).public_key()))).ok());
}

TEST_CASE("operator, account and user vouch for each other in a chain") {
  const auto root = key_from(1);
  const auto account = key_from(2);
  const auto scoped = key_from(3);
  const auto user = key_from(4);
  const Permissions permissions{{"a.{{name()}}.*"}, {}, true, 30'000'000'000};

  const auto top = claims_of(operator_jwt(root, "x1", now), root.public_key());
  CHECK(*top.find_string("iss") == *top.find_string("sub"));
  CHECK(*top.find("nats")->find_string("type") == "operator");

  const auto middle =
      claims_of(account_jwt(root, account.public_key(), "x1", {{scoped.public_key(), "sidecar", permissions}}, now),
                root.public_key());
  CHECK(*middle.find_string("iss") == public_text(Role::operator_, root.public_key()));
  CHECK(*middle.find_string("sub") == public_text(Role::account, account.public_key()));
  const auto& key = middle.find("nats")->find("signing_keys")->array()->front();
  CHECK(*key.find_string("key") == public_text(Role::account, scoped.public_key()));
  const auto* scope = key.find("template");
  CHECK(*scope->find("pub") == Value(Value::Object{{"allow", Value::Array{"a.{{name()}}.*"}}}));
  CHECK(*scope->find("sub") == Value(Value::Object{{"deny", Value::Array{">"}}}));
  CHECK(*scope->find("resp") == Value(Value::Object{{"max", 1}, {"ttl", 30'000'000'000}}));

  const auto jwt = user_jwt(scoped, account.public_key(), user.public_key(), "s1", now, now + std::chrono::minutes(10));
  const auto leaf = claims_of(jwt, scoped.public_key());
  CHECK(*leaf.find_string("iss") == public_text(Role::account, scoped.public_key()));
  CHECK(*leaf.find_string("sub") == public_text(Role::user, user.public_key()));
  CHECK(*leaf.find_integer("exp") - *leaf.find_integer("iat") == 600);
  CHECK(*leaf.find("nats") ==
        Value(Value::Object{
            {"issuer_account", public_text(Role::account, account.public_key())}, {"type", "user"}, {"version", 2}}));
}

TEST_CASE("credentials are written as a .creds file and read back") {
  const auto user = key_from(5);
  const auto text = credentials("eyJ.jwt.sig", user);
  REQUIRE(text.ok());
  const auto view = base::as_text(text->expose());
  CHECK(view.starts_with("-----BEGIN NATS USER JWT-----\neyJ.jwt.sig\n------END NATS USER JWT------\n"));
  const auto back = credentials_from(*text);
  REQUIRE(back.ok());
  CHECK(back->jwt == "eyJ.jwt.sig");
  CHECK(back->user.public_key() == user.public_key());
  for (std::size_t size = 0; size + 1 < view.size(); ++size)
    CHECK(!credentials_from(secret_of(view.substr(0, size))).ok());
}

}  // namespace x1::wire::nkey
