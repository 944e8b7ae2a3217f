// What the API signs and others believe, at the readers that they use: every kind against every attack of
// wire/attacks.hpp. What a reader can't know (whose session it is in, what was presented before) is attacked where it
// is known, in the tables that are named here.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>

#include "policy/token_examples.hpp"
#include "wire/jws_forgeries.hpp"

namespace x1::policy {
namespace {

using base::Code;
using testing::at;
using testing::id;
using wire::testing::begins;
using wire::testing::ends;
using wire::testing::JwsForgeries;
using wire::testing::Kind;
using wire::testing::moment;
using wire::testing::Place;
using wire::testing::Said;
using wire::testing::said_of;
using wire::testing::Signed;
using wire::testing::Tries;
using wire::testing::Try;
using namespace std::chrono_literals;

constexpr auto at_broker = "src/trusted/broker/token_table_test.cpp";

// Keys of the API, one after the other: each but the last two is over in its own way.
struct ApiKeysInTurn {
  crypto::SigningKey revoked = crypto::SigningKey::generate().value();
  crypto::SigningKey retired_before = crypto::SigningKey::generate().value();
  crypto::SigningKey retired_since = crypto::SigningKey::generate().value();
  crypto::SigningKey now = crypto::SigningKey::generate().value();
  crypto::SigningKey next = crypto::SigningKey::generate().value();
  KeySet set{5,
             {{revoked.public_key(), at(0), at(200), true},
              {retired_before.public_key(), at(0), at(100) - moment},
              {retired_since.public_key(), at(0), at(100)},
              {now.public_key(), at(0)},
              {next.public_key(), at(0)}}};
};
const ApiKeysInTurn& api() {
  static const ApiKeysInTurn keys;
  return keys;
}

// By each key what it may sign: a rotation refuses nothing that was in order.
template <class Token>
std::vector<Try> by_each_key(const Token& token) {
  return {{"by a key that was revoked", sign(token, api().revoked)},
          {"by a key that was retired before it was issued", sign(token, api().retired_before)},
          {"by a key that was retired since, on its way", sign(token, api().retired_since), Said(), 5s},
          {"by a key that was retired since, much later", sign(token, api().retired_since), Code::invalid_token,
           max_way_after_retirement + moment},
          {"by the key that is to follow", sign(token, api().next), Said()}};
}

template <class Token>
Place reads(base::Result<Token> (*verify)(std::string_view, const KeySet&, TimePoint)) {
  return {[verify](const std::string& token, base::Duration moved) {
    return said_of(verify(token, api().set, at(100) + moved));
  }};
}

// Longer than any of its kind: at the limit it is looked at, above it is not.
std::vector<Try> too_long(std::string token, std::size_t most) {
  token.append(most - token.size(), 'A');
  return {{"as long as its kind may be", token}, {"longer", token + "A", Code::too_large}};
}

Kind turn_certificate_kind() {
  const auto turn = testing::turn_certificate(api().now.public_key(), at(100));
  const auto good = sign(turn, api().now);
  const JwsForgeries forged(good, api().now);
  return {.which = Signed::turn,
          .name = "a turn's certificate at its reader",
          .good = good,
          .place = [] { return reads(&verify_turn); },
          .attacks = {
              .another_key = forged.another_key().with(by_each_key(turn)),
              .changed_bytes = forged.changed_bytes().with(too_long(good, 8192)),
              .another_algorithm = forged.another_algorithm(),
              .unknown_kid = forged.unknown_kid(),
              .another_kind = forged.another_kind().with(testing::other_kinds(Signed::turn, api().now, at(100))),
              .too_early = begins(good, -max_clock_skew),
              .too_late =
                  ends(good, 5min + max_clock_skew)
                      .with({{"one that lives longer than a day",
                              forged.with("expires", base::format_time(at(100) + max_turn_life + moment))},
                             {"one that ends before it begins", forged.with("expires", base::format_time(at(100)))}}),
              .again = Tries::elsewhere(at_broker),
              .another_session = Tries::elsewhere(at_broker),
              .another_boot = Tries::elsewhere(at_broker),
              .another_actor = Tries::elsewhere(at_broker),
              .another_turn = Tries::elsewhere(at_broker),
              .another_matter = Tries::elsewhere(at_broker)}};
}

// To the ledger in which its question stands.
Place to_ledger() {
  const auto ledger = std::make_shared<Ledger>();
  ledger->apply(Asked{testing::challenge()});
  return {[ledger](const std::string& token, base::Duration moved) {
            const auto now = at(100) + moved;
            const auto consent = verify_consent(token, api().set, now);
            if (!consent.ok()) return said_of(consent);
            const auto fact = ledger->redeem(*consent, token, id<base::GrantId>("g1"), now);
            if (fact.ok()) ledger->apply(*fact);
            return said_of(fact);
          },
          [ledger] { return ledger->grants().size(); }};
}

Kind consent_kind() {
  const auto consent = testing::consent_at(at(100));
  const auto good = sign(consent, api().now);
  const JwsForgeries forged(good, api().now);
  auto second = consent;
  second.id = "t2";
  return {
      .which = Signed::consent,
      .name = "a consent at the ledger",
      .good = good,
      .place = &to_ledger,
      .attacks = {
          .another_key = forged.another_key().with(by_each_key(consent)),
          .changed_bytes = forged.changed_bytes().with(too_long(good, 8192)),
          .another_algorithm = forged.another_algorithm(),
          .unknown_kid = forged.unknown_kid(),
          .another_kind = forged.another_kind().with(testing::other_kinds(Signed::consent, api().now, at(100))),
          .too_early = begins(good, -max_clock_skew),
          .too_late = ends(good, 4min + max_clock_skew)
                          .with({{"one that lives longer than five minutes",
                                  forged.with("expires", base::format_time(at(100) + 5min + moment))}}),
          .again = {{"the same once more", good, Code::conflict},
                    {"another yes to the same question", sign(second, api().now), Code::conflict}},
          .another_session = {{"s2", forged.with("session", "s2")}},
          .another_boot = Tries::never("it answers a question, which is asked on after a restart"),
          .another_actor = {{"bob", forged.with("actor", "bob")}},
          .another_turn = Tries::never("it answers a question, and that was asked in one turn"),
          .another_matter = {{"a question that nobody asked", forged.with("challenge", "c2"), Code::not_found},
                             {"another scope", forged.with("scope", "calendar.read")},
                             {"another account", forged.with("connection", "work")},
                             {"another request", forged.with("digest", crypto::to_hex(crypto::sha256("another")))}}}};
}

Kind receipt_kind() {
  const auto receipt = testing::receipt_at(at(100));
  const auto good = sign(receipt, api().now);
  const JwsForgeries forged(good, api().now);
  return {
      .which = Signed::receipt,
      .name = "a receipt at its reader",
      .good = good,
      .place = [] { return reads(&verify_receipt); },
      .attacks = {.another_key = forged.another_key().with(by_each_key(receipt)),
                  .changed_bytes = forged.changed_bytes().with(too_long(good, 8192)),
                  .another_algorithm = forged.another_algorithm(),
                  .unknown_kid = forged.unknown_kid(),
                  .another_kind = forged.another_kind().with(testing::other_kinds(Signed::receipt, api().now, at(100))),
                  .too_early = Tries::never("what was committed stays so, whatever the clocks say"),
                  .too_late = Tries::never("what was committed stays so, whatever the clocks say"),
                  .again = Tries::elsewhere(at_broker),
                  .another_session = Tries::elsewhere(at_broker),
                  .another_boot = Tries::never("a session's record goes on over the boots of its broker"),
                  .another_actor = Tries::never("it is about all that a broker handed in, whoever acted"),
                  .another_turn = Tries::never("it is about all that a broker handed in, in whichever turn"),
                  .another_matter = Tries::elsewhere(at_broker)}};
}

Kind control_kind(std::string name, ControlAction action, Tries too_early_of(const std::string& good)) {
  const auto control = testing::control_at(at(100), std::move(action));
  const auto good = sign(control, api().now);
  const JwsForgeries forged(good, api().now);
  return {
      .which = Signed::control,
      .name = std::move(name),
      .good = good,
      .place = [] { return reads(&verify_control); },
      .attacks = {.another_key = forged.another_key().with(by_each_key(control)),
                  .changed_bytes = forged.changed_bytes().with(too_long(good, 512UL * 1024)),
                  .another_algorithm = forged.another_algorithm(),
                  .unknown_kid = forged.unknown_kid(),
                  .another_kind = forged.another_kind().with(testing::other_kinds(Signed::control, api().now, at(100))),
                  .too_early = too_early_of(good),
                  .too_late = {{"long after", good, Said(), 24h * 365}},  // asked for while the broker was down
                  .again = Tries::elsewhere(at_broker),
                  .another_session = Tries::elsewhere(at_broker),
                  .another_boot = Tries::never("asked for before a restart, it counts after it"),
                  .another_actor = Tries::never("it names who did it, and the API decides who may"),
                  .another_turn = Tries::elsewhere(at_broker),
                  .another_matter = Tries::elsewhere(at_broker)}};
}
Tries only_from_now_on(const std::string& good) { return begins(good, -max_clock_skew); }
// What only takes away counts whatever the clocks say.
Tries at_any_time(const std::string& good) { return {{"long before", good, Said(), -24h * 365}}; }

}  // namespace

TEST_CASE("D3 F1: no other algorithm, key, kind or text of a token is believed, nor one out of its time and place") {
  withstands(turn_certificate_kind());
  withstands(consent_kind());
  withstands(receipt_kind());
  withstands(control_kind("an answer at its reader", AnswerQuestion{"q1", "yes"}, &only_from_now_on));
  withstands(control_kind("a revocation at its reader", RevokeGrants{}, &at_any_time));
}

TEST_CASE("a clock may be five seconds off") { CHECK(max_clock_skew == 5s); }

}  // namespace x1::policy
