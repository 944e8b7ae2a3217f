// The examples of schema/tokens.md and schema/challenge.md are what the code takes, to the byte.
#include <doctest/doctest.h>

#include <functional>

#include "policy/examples.hpp"
#include "policy/passkey.hpp"
#include "wire/json.hpp"
#include "wire/jws.hpp"
#include "wire/schema_examples.hpp"

namespace x1::policy {
namespace {

using wire::TokenType;
using wire::Value;

const crypto::SigningKey& key() {
  static const auto key = crypto::SigningKey::generate().value();
  return key;
}

// The challenge that is the example of its page.
Challenge asked() {
  return challenge_from(wire::parse_json(wire::testing::schema_examples("challenge.md", "json").at(0)).value()).value();
}

// Reads a payload as a signed token of that type and signs again what was read; empty when it was refused.
std::string through(TokenType type, const Value& payload) {
  const auto token = wire::sign_jws(type, payload, key());
  const Keys keys{&key().public_key(), 1};
  const auto now = base::parse_time("2026-11-24T20:01:00.000Z").value();
  const auto again = [](const auto& read) { return read.ok() ? sign(*read, key()) : std::string(); };
  switch (type) {
    case TokenType::turn: return again(verify_turn(token, keys, now));
    case TokenType::consent: return again(verify_consent(token, keys, now));
    case TokenType::ticket: return again(verify_ticket(token, keys, now));
    case TokenType::release: return again(verify_release(token, keys, now));
    case TokenType::receipt: return again(verify_receipt(token, keys));
    case TokenType::control: return again(verify_control(token, keys, now));
    case TokenType::challenge: return verify_challenge(token, keys, asked()).ok() ? sign(asked(), key()) : "";
    case TokenType::event:
    case TokenType::audit: break;
  }
  return {};
}

// That `takes` takes the object as it is, and neither with a member more, nor without one of its own, but for those
// that are optional.
void check_exact(const Value& value, const std::function<bool(const Value&)>& takes, std::string_view optional = "") {
  CHECK(takes(value));
  auto more = *value.object();
  more.emplace("another", "member");
  CHECK_FALSE(takes(more));
  for (const auto& [name, member] : *value.object()) {
    CAPTURE(name);
    auto fewer = *value.object();
    fewer.erase(name);
    CHECK(takes(fewer) == (name == optional));
  }
}

TEST_CASE("the examples of schema/tokens.md are tokens of their kinds") {
  using enum TokenType;
  const std::vector<TokenType> types{turn,    consent, consent, ticket,  release, receipt, receipt, control,  control,
                                     control, control, control, control, control, control, control, challenge};
  const auto examples = wire::testing::schema_examples("tokens.md", "json");
  REQUIRE(examples.size() == types.size());
  for (std::size_t i = 0; i < examples.size(); ++i) {
    CAPTURE(examples[i]);
    const auto value = wire::parse_json(examples[i]).value();
    CHECK(wire::canonical_json(value) == examples[i]);
    CHECK(through(types[i], value) == wire::sign_jws(types[i], value, key()));
    std::string_view optional;
    for (const auto* name : {"grant", "user", "refused", "limits", "for_session"}) {
      if (value.find(name) != nullptr) optional = name;
    }
    check_exact(value, [&](const Value& changed) { return !through(types[i], changed).empty(); }, optional);
  }
}

TEST_CASE("the example of schema/passkey.md is a passkey") {
  const auto examples = wire::testing::schema_examples("passkey.md", "json");
  REQUIRE(examples.size() == 1);
  const auto value = wire::parse_json(examples[0]).value();
  CHECK(wire::canonical_json(to_value(passkey_from(value).value())) == examples[0]);
  check_exact(value, [](const Value& changed) { return passkey_from(changed).ok(); });
}

TEST_CASE("the examples of schema/challenge.md are a challenge and the facts about it") {
  const auto examples = wire::testing::schema_examples("challenge.md", "json");
  REQUIRE(examples.size() == 12);
  const auto challenge = wire::parse_json(examples[0]).value();
  CHECK(wire::canonical_json(to_value(challenge_from(challenge).value())) == examples[0]);
  check_exact(challenge, [](const Value& value) { return challenge_from(value).ok(); });
  Ledger ledger;
  for (std::size_t i = 1; i < examples.size(); ++i) {
    CAPTURE(examples[i]);
    const auto fact = wire::parse_json(examples[i]).value();
    CHECK(wire::canonical_json(to_value(ledger_fact_from(fact).value())) == examples[i]);
    check_exact(fact, [](const Value& value) { return ledger_fact_from(value).ok(); });
    ledger.apply(ledger_fact_from(fact).value());
  }
  REQUIRE(ledger.grants().size() == 1);
  CHECK(ledger.grants()[0].spent);
}

}  // namespace
}  // namespace x1::policy
