#include "policy/passkey.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <vector>

#include "base/encoding.hpp"
#include "policy/examples.hpp"
#include "policy/passkey_examples.hpp"

namespace x1::policy {
namespace {

using base::Code;
using testing::at;
using testing::Authenticator;
using testing::id;

Code code_of(const base::Status& status) { return status.ok() ? Code::internal : status.error().code; }

Challenge high_risk(Assurance assurance = Assurance::passkey) {
  auto challenge = testing::challenge();
  challenge.assurance = assurance;
  return challenge;
}

}  // namespace

TEST_CASE("passkeys and assertions come back from what they are written as") {
  Authenticator ada;
  CHECK(passkey_from(to_value(ada.passkey)).value() == ada.passkey);
  const auto text = ada.touch(crypto::sha256("x"));
  CHECK(to_text(assertion_from(text).value()) == text);
}

TEST_CASE("a passkey that there can't be, and an assertion of another form, are refused") {
  const Authenticator ada;
  const std::vector<std::pair<std::string_view, wire::Value>> changes{
      {"user", "Not An Id"}, {"id", ""},      {"id", "a b"},      {"public_key", "AAAA"},
      {"public_key", "!"},   {"rp_id", "\""}, {"origin", "a\\b"}, {"more", 1}};
  for (const auto& [name, value] : changes) {
    CAPTURE(name);
    auto changed = to_value(ada.passkey);
    changed.object()->insert_or_assign(std::string(name), value);
    CHECK_FALSE(passkey_from(changed).ok());
  }
  for (const std::string_view text : {"", ".", "...", "a2V5", "a2V5.a.b", "a2V5.YQ.YQ.YQ.YQ", "a2V5.?.YQ.YQ"})
    CHECK_FALSE(assertion_from(text).ok());
  CHECK_FALSE(assertion_from("a2V5.YQ.YQ." + std::string(max_assertion_text, 'A')).ok());
}

TEST_CASE("a yes that demands a touch holds with the touch of the person who was asked, and not without") {
  Authenticator ada;
  const auto bare = testing::consent(high_risk());
  const auto confirmed = ada.confirmed(bare);
  CHECK(assured(confirmed, Assurance::passkey, ada.passkey).ok());
  CHECK(assured(bare, Assurance::none, std::nullopt).ok());
  CHECK(code_of(assured(bare, Assurance::passkey, ada.passkey)) == Code::passkey_required);
  CHECK(code_of(assured(confirmed, Assurance::passkey, std::nullopt)) == Code::passkey_required);
  // One that nobody demanded is not passed over either.
  CHECK(code_of(assured(confirmed, Assurance::none, std::nullopt)) == Code::passkey_required);
}

TEST_CASE("D3: a touch is for one consent: whatever else the API makes of it is refused") {
  Authenticator ada;
  const auto confirmed = ada.confirmed(testing::consent(high_risk()));
  const std::vector<std::function<void(ConsentToken&)>> changes{
      [](ConsentToken& token) { token.challenge = id<ChallengeId>("c2"); },
      [](ConsentToken& token) { token.session = id<SessionId>("s2"); },
      [](ConsentToken& token) { token.scope = "calendar.read"; },
      [](ConsentToken& token) { token.connection = id<ConnectionId>("work"); },
      [](ConsentToken& token) { token.digest = crypto::sha256("another request"); },
      [](ConsentToken& token) { token.lifetime = Lifetime::session; },
      [](ConsentToken& token) { token.lifetime = Lifetime::turn; },
      [](ConsentToken& token) { token.lifetime = Lifetime::until, token.until = at(9000); },
  };
  for (const auto& change : changes) {
    auto token = confirmed;
    change(token);
    CHECK(code_of(assured(token, Assurance::passkey, ada.passkey)) == Code::invalid_token);
  }
  // The token's own id and times are the API's: they bound the token, not what was agreed to.
  auto later = confirmed;
  later.id = "t2", later.issued = at(30), later.expires = at(200);
  CHECK(assured(later, Assurance::passkey, ada.passkey).ok());
}

TEST_CASE("D3: a longer end than the one that was touched is refused") {
  Authenticator ada;
  auto token = ada.confirmed(testing::consent(high_risk(), Lifetime::until));
  CHECK(assured(token, Assurance::passkey, ada.passkey).ok());
  token.until = *token.until + std::chrono::seconds(1);
  CHECK(code_of(assured(token, Assurance::passkey, ada.passkey)) == Code::invalid_token);
}

TEST_CASE("D3: limits other than those that were touched are refused, and so is a token without them") {
  Authenticator ada;
  auto token = testing::consent(high_risk(), Lifetime::session);
  token.limits = Limits{2, 1000};
  token = ada.confirmed(token);
  CHECK(assured(token, Assurance::passkey, ada.passkey).ok());
  for (const auto& limits : std::vector<std::optional<Limits>>{std::nullopt, Limits{3, 1000}, Limits{2, 1001},
                                                               Limits{2, {}}, Limits{{}, 1000}}) {
    auto wider = token;
    wider.limits = limits;
    CHECK(code_of(assured(wider, Assurance::passkey, ada.passkey)) == Code::invalid_token);
  }
}

TEST_CASE("another person's passkey, another key under its name, and another party are refused") {
  Authenticator ada;
  const Authenticator eve;
  Authenticator bob("bob");
  const auto token = testing::consent(high_risk());
  CHECK(code_of(assured(ada.confirmed(token), Assurance::passkey, eve.passkey)) == Code::invalid_token);
  CHECK(code_of(assured(bob.confirmed(token), Assurance::passkey, bob.passkey)) == Code::invalid_token);
  auto elsewhere = ada.passkey;
  elsewhere.party.origin = "https://evil.example";
  CHECK(code_of(assured(ada.confirmed(token), Assurance::passkey, elsewhere)) == Code::invalid_token);
  auto renamed = ada.passkey;
  renamed.id = "b3RoZXI";
  CHECK(code_of(assured(ada.confirmed(token), Assurance::passkey, renamed)) == Code::invalid_token);
}

TEST_CASE("a scope that demands the terminal takes a key of x1, and no browser's") {
  Authenticator browser;
  Authenticator terminal("ada", "dGVybWluYWw", terminal_party());
  const auto token = testing::consent(high_risk(Assurance::terminal));
  CHECK(code_of(assured(browser.confirmed(token), Assurance::terminal, browser.passkey)) == Code::passkey_required);
  CHECK(assured(terminal.confirmed(token), Assurance::terminal, terminal.passkey).ok());
  CHECK(assured(terminal.confirmed(token), Assurance::passkey, terminal.passkey).ok());
}

TEST_CASE("the ledger redeems a high-risk yes with its touch alone, and again so after a restart") {
  Authenticator ada;
  const auto challenge = high_risk();
  const auto grant = id<base::GrantId>("g1");
  const auto bare = testing::consent(challenge);
  const auto confirmed = ada.confirmed(bare);
  Ledger ledger;
  ledger.apply(Asked{challenge});
  CHECK(ledger.redeem(bare, "t", grant, at(20)).error().code == Code::passkey_required);
  CHECK(ledger.redeem(confirmed, "t", grant, at(20)).error().code == Code::passkey_required);
  const auto fact = ledger.redeem(confirmed, "t", grant, at(20), ada.passkey);
  REQUIRE(fact.ok());
  const auto read = ledger_fact_from(to_value(LedgerFact(*fact)));
  REQUIRE(read.ok());
  CHECK(*read == LedgerFact(*fact));
  // A fact whose touch does not hold could not have come about.
  Ledger forged = ledger;
  auto without = *fact;
  without.passkey.reset();
  forged.apply(without);
  auto longer = *fact;
  longer.token.lifetime = Lifetime::session;
  forged.apply(longer);
  CHECK(forged == ledger);
  ledger.apply(*read);
  CHECK(ledger.grants().size() == 1);
}

TEST_CASE("a change of passkeys is one statement, and each revision has its own") {
  const Authenticator ada;
  const Authenticator other;
  const auto statement = change_statement(PasskeyChange::add, ada.passkey, 1);
  CHECK(statement == change_statement(PasskeyChange::add, ada.passkey, 1));
  CHECK(statement != change_statement(PasskeyChange::remove, ada.passkey, 1));
  CHECK(statement != change_statement(PasskeyChange::add, ada.passkey, 2));
  CHECK(statement != change_statement(PasskeyChange::add, other.passkey, 1));
}

TEST_CASE("assurances and manifests and challenges that carry them have one text") {
  for (const auto assurance : {Assurance::none, Assurance::terminal, Assurance::passkey}) {
    CHECK(assurance_from(to_string(assurance)).value() == assurance);
    const auto challenge = high_risk(assurance);
    CHECK(challenge_from(to_value(challenge)).value() == challenge);
    auto manifest = testing::manifest();
    manifest.scopes.at(1).assurance = assurance;
    CHECK(manifest_from(to_value(manifest)).value() == manifest);
  }
  CHECK_FALSE(assurance_from("finger").ok());
  for (const auto word : {"none", "finger", ""}) {
    auto value = to_value(high_risk());
    value.object()->insert_or_assign("assurance", word);
    CHECK_FALSE(challenge_from(value).ok());
  }
}

}  // namespace x1::policy
