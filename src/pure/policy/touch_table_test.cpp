// A person's touch under a consent, where it counts (policy/passkey.hpp), against every attack of wire/attacks.hpp. How
// often one may be used, and what changes the passkeys themselves, is the vault's: its table.
#include <doctest/doctest.h>

#include "base/encoding.hpp"
#include "policy/passkey_examples.hpp"
#include "policy/token_examples.hpp"
#include "wire/jws_forgeries.hpp"

namespace x1::policy {
namespace {

using testing::at;
using testing::id;
using wire::testing::Kind;
using wire::testing::Place;
using wire::testing::said_of;
using wire::testing::Signed;
using wire::testing::Tries;
using wire::testing::Try;

constexpr auto at_vault_table = "src/trusted/vault/token_table_test.cpp";

testing::Authenticator& finger() {
  static testing::Authenticator of_ada("ada", "a2V5", terminal_party());
  return of_ada;
}

// Under the one yes that stands here.
Place under_consent() {
  return {[](const std::string& touch, base::Duration) {
    auto token = testing::consent_at(at(100));
    token.assertion = touch;
    return said_of(assured(token, Assurance::passkey, finger().passkey));
  }};
}

std::vector<Try> flipped_bytes(const std::string& touch) {
  std::vector<Try> tries;
  const auto good = assertion_from(touch).value();
  const auto flip = [&](auto part) {
    for (std::size_t i = 0; i < part(Assertion(good)).size(); ++i) {
      auto changed = good;
      auto& bytes = part(changed);
      bytes[i] = static_cast<std::remove_reference_t<decltype(bytes[i])>>(bytes[i] ^ 1);
      tries.push_back({"byte " + std::to_string(i), to_text(changed)});
    }
  };
  flip([](auto&& a) -> auto& { return a.answer.client_data; });
  flip([](auto&& a) -> auto& { return a.answer.authenticator_data; });
  flip([](auto&& a) -> auto& { return a.answer.signature; });
  for (const auto* tail : {"A", "=", ".", " "})
    tries.push_back({"followed by something", touch + tail});
  tries.push_back({"nothing", ""});
  return tries;
}

std::string touch_for(auto change) {
  auto token = testing::consent_at(at(100));
  change(token);
  return finger().touch(consent_statement(token));
}

std::vector<Try> other_consents() {
  return {{"another question", touch_for([](auto& t) { t.challenge = id<ChallengeId>("c2"); })},
          {"another scope", touch_for([](auto& t) { t.scope = "calendar.read"; })},
          {"another account", touch_for([](auto& t) { t.connection = id<ConnectionId>("work"); })},
          {"another request", touch_for([](auto& t) { t.digest = crypto::sha256("another"); })},
          {"for longer", touch_for([](auto& t) { t.lifetime = Lifetime::session; })},
          {"with other limits", touch_for([](auto& t) { t.limits = Limits{2, {}}; })},
          {"for a part of it", touch_for([](auto& t) { t.within = "/ada/home/"; })}};
}

// The same key for another page, or for the terminal in a page's name.
std::vector<Try> other_parties() {
  const auto key = crypto::SigningKey::generate().value();
  const auto statement = consent_statement(testing::consent_at(at(100)));
  std::vector<Try> tries{{"another key", testing::touch_by(key, statement)}};
  for (const auto& party : {crypto::RelyingParty{"evil.example", "https://evil.example"},
                            crypto::RelyingParty{terminal_party().id, "https://evil.example"},
                            crypto::RelyingParty{"evil.example", terminal_party().origin}}) {
    const auto own = std::exchange(finger().passkey.party, party);
    tries.push_back({"for " + party.id + " at " + party.origin, finger().touch(statement)});
    finger().passkey.party = own;
  }
  return tries;
}

Kind touch_kind() {
  const auto good = finger().touch(consent_statement(testing::consent_at(at(100))));
  const auto renamed = [&](std::string name) { return name + good.substr(good.find('.')); };
  testing::Authenticator bob("bob", "a2V5", terminal_party());
  const auto key = crypto::SigningKey::generate().value();
  return {
      .which = Signed::touch,
      .name = "a touch under a consent",
      .good = good,
      .place = &under_consent,
      .attacks = {
          .another_key = other_parties(),
          .changed_bytes = flipped_bytes(good),
          .another_algorithm = Tries::never("the algorithm is that of the key that was pinned, and no text names one"),
          .unknown_kid = {{"another's name", renamed("b3RoZXI")}, {"no name", renamed("")}},
          .another_kind = Tries(testing::other_kinds(Signed::touch, key, at(100)))
                              .with({{"a change of passkeys, by the same finger",
                                      finger().touch(change_statement(PasskeyChange::add, finger().passkey, 1))}}),
          .too_early = Tries::never("the consent around it has the times"),
          .too_late = Tries::never("the consent around it has the times"),
          .again = Tries::elsewhere(at_vault_table),
          .another_session = {{"s2", touch_for([](auto& t) { t.session = id<SessionId>("s2"); })}},
          .another_boot = Tries::never("it answers a question, which is asked on after a restart"),
          .another_actor = {{"bob's yes", touch_for([](auto& t) { t.actor = id<UserId>("bob"); })},
                            {"bob's finger", bob.touch(consent_statement(testing::consent_at(at(100))))}},
          .another_turn = Tries::never("it answers a question, and that was asked in one turn"),
          .another_matter = other_consents()}};
}

}  // namespace

TEST_CASE("D3 F1: no touch counts but the pinned key's own, for this yes") { withstands(touch_kind()); }

}  // namespace x1::policy
