// What a broker signs with the key of its boot, at the readers that others and itself use: every kind against every
// attack of wire/attacks.hpp.
#include <doctest/doctest.h>

#include <array>

#include "policy/token_examples.hpp"
#include "wire/jws_forgeries.hpp"

namespace x1::policy {
namespace {

using base::Code;
using testing::at;
using wire::testing::begins;
using wire::testing::ends;
using wire::testing::JwsForgeries;
using wire::testing::Kind;
using wire::testing::Place;
using wire::testing::said_of;
using wire::testing::Signed;
using wire::testing::Tries;
using namespace std::chrono_literals;

constexpr auto at_vault = "src/trusted/vault/token_table_test.cpp";

const crypto::SigningKey& boot_key() {
  static const auto key = crypto::SigningKey::generate().value();
  return key;
}

template <class Token>
Place by_boot_key(base::Result<Token> (*verify)(std::string_view, Keys, TimePoint)) {
  return {[verify](const std::string& token, base::Duration moved) {
    const std::array keys{boot_key().public_key()};
    return said_of(verify(token, keys, at(100) + moved));
  }};
}

Kind ticket_kind() {
  const auto good = sign(testing::ticket_at(at(100)), boot_key());
  const JwsForgeries forged(good, boot_key());
  return {
      .which = Signed::ticket,
      .name = "a call's ticket at its reader",
      .good = good,
      .place = [] { return by_boot_key(&verify_ticket); },
      .attacks = {.another_key = forged.another_key(),
                  .changed_bytes = forged.changed_bytes(),
                  .another_algorithm = forged.another_algorithm(),
                  .unknown_kid = forged.unknown_kid(),
                  .another_kind = forged.another_kind().with(testing::other_kinds(Signed::ticket, boot_key(), at(100))),
                  // One process makes and reads tickets: no allowance for its clock.
                  .too_early = begins(good, 100s - max_ticket_life, Code::invalid_token),
                  .too_late = ends(good, 100s),
                  .again = Tries::never("it goes to the provider and is taken back from nobody"),
                  .another_session = Tries::never("it goes to the provider and is taken back from nobody"),
                  .another_boot = {{"of a boot before",
                                    sign(testing::ticket_at(at(100)), crypto::SigningKey::generate().value())}},
                  .another_actor = Tries::never("it goes to the provider and is taken back from nobody"),
                  .another_turn = Tries::never("it goes to the provider and is taken back from nobody"),
                  .another_matter = Tries::never("it goes to the provider and is taken back from nobody")}};
}

Kind release_kind() {
  const auto good = sign(testing::release_at(at(100)), boot_key());
  const JwsForgeries forged(good, boot_key());
  return {.which = Signed::release,
          .name = "a release at its reader",
          .good = good,
          .place = [] { return by_boot_key(&verify_release); },
          .attacks = {
              .another_key = forged.another_key(),
              .changed_bytes = forged.changed_bytes(),
              .another_algorithm = forged.another_algorithm(),
              .unknown_kid = forged.unknown_kid(),
              .another_kind = forged.another_kind().with(testing::other_kinds(Signed::release, boot_key(), at(100))),
              .too_early = begins(good, -max_clock_skew),
              .too_late = ends(good, max_release_age + wire::testing::moment),
              .again = Tries::elsewhere(at_vault),
              .another_session = Tries::elsewhere(at_vault),
              .another_boot = Tries::elsewhere(at_vault),
              .another_actor = Tries::elsewhere(at_vault),
              .another_turn = Tries::elsewhere(at_vault),
              .another_matter = Tries::elsewhere(at_vault)}};
}

Kind challenge_kind() {
  const auto challenge = testing::challenge();
  const auto good = sign(challenge, boot_key());
  const JwsForgeries forged(good, boot_key());
  const auto about = [&](auto change) {
    auto other = challenge;
    change(other);
    return sign(other, boot_key());
  };
  return {.which = Signed::challenge,
          .name = "a question, as x1 approve compares it",
          .good = good,
          .place =
              [] {
                return Place{[](const std::string& token, base::Duration) {
                  const std::array keys{boot_key().public_key()};
                  return said_of(verify_challenge(token, keys, testing::challenge()));
                }};
              },
          .attacks = {
              .another_key = forged.another_key(),
              .changed_bytes = forged.changed_bytes(),
              .another_algorithm = forged.another_algorithm(),
              .unknown_kid = forged.unknown_kid(),
              .another_kind = forged.another_kind().with(testing::other_kinds(Signed::challenge, boot_key(), at(100))),
              .too_early = Tries::never("it says what is asked; when it may be answered stands in the question itself"),
              .too_late = Tries::never("it says what is asked; when it may be answered stands in the question itself"),
              .again = Tries::never("it may be looked at as often as one likes: it is a question, and allows nothing"),
              .another_session = {{"s2", forged.with("session", "s2")}, {"asked in s2", about([](auto& c) {
                                                                           c.session = c.request.session =
                                                                               testing::id<SessionId>("s2");
                                                                         })}},
              .another_boot = {{"of another boot", sign(challenge, crypto::SigningKey::generate().value())}},
              .another_actor = {{"asked of bob", about([](auto& c) { c.request.actor = testing::id<UserId>("bob"); })}},
              .another_turn = {{"asked in the next turn", about([](auto& c) { c.turn = TurnNumber{4}; })}},
              .another_matter = {{"another question's id", forged.with("challenge", "c2")},
                                 {"another question", forged.with("digest", crypto::to_hex(crypto::sha256("another")))},
                                 {"one that may be answered for longer", about([](auto& c) { c.expires += 1s; })},
                                 {"one that demands less", about([](auto& c) { c.assurance = Assurance::terminal; })},
                                 {"one that shows another account", about([](auto& c) { c.base_path = "/bob/"; })}}}};
}

}  // namespace

TEST_CASE("F1: nothing is believed as a boot key's that it did not sign, for this and for now") {
  withstands(ticket_kind());
  withstands(release_kind());
  withstands(challenge_kind());
}

}  // namespace x1::policy
