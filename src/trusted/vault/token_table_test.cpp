// What is presented to the vault: the three tokens of a release, a yes with a touch, a change of passkeys, a set of the
// API's keys. Every kind against every attack of wire/attacks.hpp.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>

#include "policy/passkey_examples.hpp"
#include "policy/token_examples.hpp"
#include "vault/test_world.hpp"
#include "wire/jws_forgeries.hpp"

namespace x1::vault {
namespace {

using base::Code;
using policy::testing::id;
using testing::World;
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
namespace messages = seam::vault;

crypto::SigningKey copy_of(const crypto::SigningKey& key) {
  return crypto::SigningKey::from_seed(key.seed().value()).value();
}

// Each world of this table has these keys, so that what is made in one counts in all.
struct TableWorld : World {
  TableWorld() {
    static const auto of_api = crypto::SigningKey::generate().value();
    static const auto of_boot = crypto::SigningKey::generate().value();
    api = copy_of(of_api), boot = copy_of(of_boot);
    api_set = policy::KeySet::of(api.public_key(), clock.now());
    restart();
    keep("home", "ada");
  }
  // Up to now; what was counted before is not read again.
  [[nodiscard]] std::size_t rows_of(std::string_view kind) {
    const auto lines = journal->lines_after(read_, 100'000).value();
    for (const auto& line : lines) {
      ++read_;
      if (audit::decode_line(line)->row.entry.kind == kind) ++counted_;
    }
    return counted_;
  }

 private:
  std::uint64_t read_ = 0;
  std::size_t counted_ = 0;
};

template <class Answer>
Said said_by(const Answer& answer) {
  const auto* refused = std::get_if<messages::Refused>(&answer);
  return refused == nullptr ? Said() : Said(refused->code);
}

// One of the three in its place, the other two in order.
Place to_release(std::string messages::Release::* which) {
  const auto world = std::make_shared<TableWorld>();
  return {[world, which](const std::string& token, base::Duration moved) {
            world->clock.advance(moved);
            auto message = world->tokens({});
            message.*which = token;
            return said_by(world->send(message));
          },
          [world] { return world->rows_of("secret.released"); }};
}

// What a release is made of, by the keys of every world.
const TableWorld& maker() {
  static const TableWorld world;
  return world;
}
const auto until_soon = [](policy::ConsentToken& token) {
  token.lifetime = policy::Lifetime::until;
  token.until = token.issued + 100s;
};
base::TimePoint table_time() { return maker().clock.now(); }
constexpr auto of_the_whole_turn = "it stands for its whole turn: what comes with it is counted";

Kind release_turn_kind() {
  const auto good = maker().tokens({}).turn;
  const JwsForgeries forged(good, maker().api);
  return {
      .which = Signed::turn,
      .name = "a turn's certificate at a release",
      .good = good,
      .place = [] { return to_release(&messages::Release::turn); },
      .attacks = {
          .another_key =
              forged.another_key().with({{"the broker's own", maker().tokens({.turn_key = &maker().boot}).turn}}),
          .changed_bytes = forged.changed_bytes(7),
          .another_algorithm = forged.another_algorithm(),
          .unknown_kid = forged.unknown_kid(),
          .another_kind =
              forged.another_kind().with(policy::testing::other_kinds(Signed::turn, maker().api, table_time())),
          .too_early = begins(good, -policy::max_clock_skew),
          .too_late = ends(good, 1h + policy::max_clock_skew),
          .again = Tries::never(of_the_whole_turn),
          .another_session = {{"s2", forged.with("session", "s2"), Code::forbidden}},
          .another_boot = {{"another boot's",
                            forged.with("boot_key", crypto::to_text(crypto::SigningKey::generate()->public_key()))}},
          .another_actor = {{"bob", forged.with("actor", "bob"), Code::forbidden}},
          .another_turn = {{"the next", forged.with("turn", 4), Code::forbidden}},
          .another_matter = Tries::never("message and accounts are the broker's: nothing is released for them")}};
}

Kind release_consent_kind(std::string name, const World::Change& change, Tries too_late_of(const std::string& good),
                          Tries again_of(const std::string& good)) {
  const auto good = maker().tokens(change).consent;
  const JwsForgeries forged(good, maker().api);
  const auto lives_on = base::format_time(table_time() + policy::max_consent_life + moment);
  return {.which = Signed::consent,
          .name = std::move(name),
          .good = good,
          .place = [] { return to_release(&messages::Release::consent); },
          .attacks = {.another_key = forged.another_key(),
                      .changed_bytes = forged.changed_bytes(7),
                      .another_algorithm = forged.another_algorithm(),
                      .unknown_kid = forged.unknown_kid(),
                      .another_kind = forged.another_kind().with(
                          policy::testing::other_kinds(Signed::consent, maker().api, table_time())),
                      .too_early = begins(good, -policy::max_clock_skew),
                      .too_late = too_late_of(good).with(
                          {{"one that lives longer than five minutes", forged.with("expires", lives_on)}}),
                      .again = again_of(good),
                      .another_session = {{"s2", forged.with("session", "s2"), Code::forbidden}},
                      .another_boot = Tries::never("what was granted is good after a restart"),
                      .another_actor = {{"bob", forged.with("actor", "bob"), Code::forbidden}},
                      .another_turn = Tries::never("it names none: vault_test.cpp holds one to its first turn"),
                      .another_matter = {{"another scope", forged.with("scope", "calendar.write"), Code::forbidden},
                                         {"another account", forged.with("connection", "work"), Code::forbidden}}}};
}
// It lives five minutes to be redeemed, and what it granted may last longer.
Tries of_once(const std::string& good) { return {{"long after it was redeemed", good, Said(), 50min}}; }
Tries of_until(const std::string& good) { return ends(good, 100s + moment); }
// A call has few requests, and a yes for once is for one call.
Tries sixteen_times(const std::string& good) { return {{"the seventeenth time", good, Code::expired, {}, 16}}; }
Tries as_often_as_asked(const std::string&) { return Tries::never("it is for as many requests as come until its end"); }

Kind release_request_kind() {
  const auto good = maker().tokens({}).request;
  const JwsForgeries forged(good, maker().boot);
  return {.which = Signed::release,
          .name = "the request for a release",
          .good = good,
          .place = [] { return to_release(&messages::Release::request); },
          .attacks = {.another_key = forged.another_key(),
                      .changed_bytes = forged.changed_bytes(7),
                      .another_algorithm = forged.another_algorithm(),
                      .unknown_kid = forged.unknown_kid(),
                      .another_kind = forged.another_kind().with(
                          policy::testing::other_kinds(Signed::release, maker().boot, table_time())),
                      .too_early = begins(good, -policy::max_clock_skew),
                      .too_late = ends(good, policy::max_release_age + moment),
                      .again = sixteen_times(good),
                      .another_session = {{"s2", forged.with("session", "s2"), Code::forbidden}},
                      .another_boot = {{"by the API", maker().tokens({.boot_key = &maker().api}).request}},
                      .another_actor = Tries::never("it names nobody: the certificate beside it does"),
                      .another_turn = {{"the next", forged.with("turn", 4), Code::forbidden}},
                      .another_matter = {{"another scope", forged.with("scope", "calendar.write"), Code::forbidden},
                                         {"another account", forged.with("connection", "work"), Code::forbidden}}}};
}

// A person's passkey: the same in every world of this table, counted as far as is said.
policy::testing::Authenticator& finger_of(std::uint32_t counted = 0) {
  static policy::testing::Authenticator of_ada("ada", "a2V5", policy::terminal_party());
  of_ada.counter = counted;
  return of_ada;
}

std::shared_ptr<TableWorld> pinned_world() {
  const auto world = std::make_shared<TableWorld>();
  REQUIRE_FALSE(said_by(world->passkeys->change({5, false, policy::to_value(finger_of().passkey), ""})));
  return world;
}

policy::ConsentToken confirmed_with(auto change, std::uint32_t counted = 4) {
  auto token = policy::testing::consent_at(table_time());
  change(token);
  return finger_of(counted).confirmed(token);
}
std::string signed_by_api(const policy::ConsentToken& token) { return policy::sign(token, maker().api); }
std::string carrying(std::string touch) {
  auto token = policy::testing::consent_at(table_time());
  token.assertion = std::move(touch);
  return signed_by_api(token);
}
// Whoever has the API's key carries one touch under another yes.
std::string made_into(auto change) {
  auto token = confirmed_with([](auto&) {});
  change(token);
  return signed_by_api(token);
}

Kind used_touch_kind() {
  const auto touch = confirmed_with([](auto&) {}).assertion.value();
  const auto statement = policy::consent_statement(policy::testing::consent_at(table_time()));
  const auto stranger = crypto::SigningKey::generate().value();
  std::vector<Try> others;
  for (const auto& each : policy::testing::other_kinds(Signed::touch, maker().api, table_time()))
    others.push_back({each.what, carrying(each.token)});
  std::vector<Try> changed;
  for (std::size_t i = touch.find('.') + 1; i < touch.size(); i += 5) {
    auto other = touch;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    if (other != touch) changed.push_back({"character " + std::to_string(i), carrying(other)});
  }
  const auto good = signed_by_api(confirmed_with([](auto&) {}));
  const auto c2 = [](auto& token) { token.challenge = id<base::ChallengeId>("c2"); };
  return {
      .which = Signed::touch,
      .name = "a yes with a touch at the vault",
      .good = good,
      .place =
          [] {
            const auto world = pinned_world();
            return Place{[world](const std::string& consent, base::Duration moved) {
              world->clock.advance(moved);
              return said_by(world->passkeys->check(id<base::SessionId>("s1"), {9, consent}));
            }};
          },
      .attacks = {
          .another_key = {{"under the right name",
                           carrying(policy::testing::touch_by(stranger, statement, policy::terminal_party()))}},
          .changed_bytes = changed,
          .another_algorithm = Tries::never("the algorithm is that of the key that was pinned, and no text names one"),
          .unknown_kid = {{"another's name", carrying("b3RoZXI" + touch.substr(touch.find('.'))),
                           Code::passkey_required},
                          {"no touch", signed_by_api(policy::testing::consent_at(table_time())),
                           Code::passkey_required}},
          .another_kind = Tries(others).with({{"a change of passkeys, by the same finger",
                                               carrying(finger_of(4).touch(policy::change_statement(
                                                   policy::PasskeyChange::add, finger_of().passkey, 1)))}}),
          .too_early = begins(good, -policy::max_clock_skew),
          .too_late = ends(good, 4min + policy::max_clock_skew),
          .again = {{"the same once more: a broker was started again", good, Said()},
                    {"a copy that has counted as far", signed_by_api(confirmed_with(c2, 4))},
                    {"the next", signed_by_api(confirmed_with(c2, 5)), Said()}},
          .another_session = {{"s2, with its own touch", signed_by_api(confirmed_with([](auto& token) {
                                 token.session = id<base::SessionId>("s2");
                               })),
                               Code::forbidden},
                              {"made into s2",
                               made_into([](auto& token) { token.session = id<base::SessionId>("s2"); }),
                               Code::forbidden}},
          .another_boot = Tries::never("it answers a question, which is asked on after a restart"),
          .another_actor = {{"bob, who has none", made_into([](auto& token) { token.actor = id<base::UserId>("bob"); }),
                             Code::passkey_required}},
          .another_turn = Tries::never("it answers a question, and that was asked in one turn"),
          .another_matter = {
              {"another question", made_into(c2)},
              {"another scope", made_into([](auto& token) { token.scope = "calendar.read"; })},
              {"another account", made_into([](auto& token) { token.connection = id<base::ConnectionId>("work"); })},
              {"another request", made_into([](auto& token) { token.digest = crypto::sha256("another"); })},
              {"for longer", made_into([](auto& token) { token.lifetime = policy::Lifetime::session; })}}}};
}

const policy::Passkey& second_key() {
  static const policy::testing::Authenticator second("ada", "c2Vjb25k", policy::terminal_party());
  return second.passkey;
}

Kind passkey_change_kind() {
  using policy::PasskeyChange;
  const auto statement = policy::change_statement(PasskeyChange::add, second_key(), 1);
  const auto touch = [](const crypto::Digest& of) { return finger_of(4).touch(of); };
  const auto good = touch(statement);
  const auto stranger = crypto::SigningKey::generate().value();
  policy::testing::Authenticator bob("bob", "Ym9i", policy::terminal_party());
  auto third = second_key();
  third.id = "dGhpcmQ";
  std::vector<Try> changed;
  for (std::size_t i = good.find('.') + 1; i < good.size(); i += 5) {
    auto other = good;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    if (other != good) changed.push_back({"character " + std::to_string(i), other});
  }
  return {
      .which = Signed::passkey_change,
      .name = "a touch that lets a second passkey in",
      .good = good,
      .place =
          [] {
            const auto world = pinned_world();
            return Place{[world](const std::string& touch, base::Duration) {
                           return said_by(world->passkeys->change({5, false, policy::to_value(second_key()), touch}));
                         },
                         [world] { return world->rows_of("passkey.pinned"); }};
          },
      .attacks = {
          .another_key = {{"under the right name",
                           policy::testing::touch_by(stranger, statement, policy::terminal_party())},
                          {"no touch", "", Code::passkey_required}},
          .changed_bytes = changed,
          .another_algorithm = Tries::never("the algorithm is that of the key that was pinned, and no text names one"),
          .unknown_kid = {{"another's name", "b3RoZXI" + good.substr(good.find('.')), Code::passkey_required},
                          {"the new one's", second_key().id + good.substr(good.find('.')), Code::passkey_required}},
          .another_kind = Tries(policy::testing::other_kinds(Signed::passkey_change, maker().api, table_time()))
                              .with({{"a yes, by the same finger",
                                      touch(policy::consent_statement(policy::testing::consent_at(table_time())))}}),
          .too_early = Tries::never("the revision in it orders it, and no clock"),
          .too_late = Tries::never("the revision in it orders it, and no clock"),
          .again = {{"the same once more", good, Code::conflict}},
          .another_session = Tries::never("a person's passkeys are the same in all sessions"),
          .another_boot = Tries::never("a person's passkeys are the same for all brokers"),
          .another_actor = {{"bob's finger", bob.touch(statement), Code::passkey_required}},
          .another_turn = Tries::never("passkeys are changed in no turn"),
          .another_matter = {
              {"another passkey", touch(policy::change_statement(PasskeyChange::add, third, 1))},
              {"its removal", touch(policy::change_statement(PasskeyChange::remove, second_key(), 1))},
              {"at the change before", touch(policy::change_statement(PasskeyChange::add, second_key(), 0))},
              {"at the change after", touch(policy::change_statement(PasskeyChange::add, second_key(), 2))}}}};
}

Kind vault_key_set_kind() {
  const auto& held = maker().api_set;
  static const auto following = crypto::SigningKey::generate().value();
  const auto next = policy::with_next(held, following.public_key(), table_time()).value();
  const auto text = [](const policy::KeySet& set) { return wire::canonical_json(policy::to_value(set)); };
  auto old = next;
  old.number = held.number;
  constexpr auto from_the_supervisor = "no key signs it: only the supervisor's own seam brings one";
  return {.which = Signed::key_set,
          .name = "a set of the API's keys at the vault",
          .good = text(next),
          .place =
              [] {
                const auto world = std::make_shared<TableWorld>();
                return Place{[world](const std::string& set, base::Duration) -> Said {
                               const auto value = wire::parse_json(set);
                               return value.ok() ? said_of(world->api_keys->use(*value)) : said_of(value);
                             },
                             [world] { return static_cast<std::size_t>(world->api_keys->set().number); }};
              },
          .attacks = {.another_key = Tries::never(from_the_supervisor),
                      .changed_bytes = Tries::never(from_the_supervisor),
                      .another_algorithm = Tries::never(from_the_supervisor),
                      .unknown_kid = Tries::never("it is the list of keys, and names none beside them"),
                      .another_kind = Tries(policy::testing::other_kinds(Signed::key_set, maker().api, table_time()))
                                          .saying(Code::invalid_json),
                      .too_early = Tries::never("its number orders it, and no clock"),
                      .too_late = Tries::never("its number orders it, and no clock"),
                      .again = {{"the same once more", text(next), Code::conflict},
                                {"the one before", text(held), Code::conflict}},
                      .another_session = Tries::never("there is one for the whole platform"),
                      .another_boot = Tries::never("there is one for the whole platform"),
                      .another_actor = Tries::never("no person is in it"),
                      .another_turn = Tries::never("no turn is in it"),
                      .another_matter = {{"an old number", text(old), Code::conflict}}}};
}

}  // namespace

TEST_CASE("F1 C3: the vault releases nothing for tokens that are not in order, each in its own place and time") {
  withstands(release_turn_kind());
  withstands(release_consent_kind("a consent for once at a release", {}, &of_once, &sixteen_times));
  withstands(release_consent_kind("a consent until a time at a release", {.consent = until_soon}, &of_until,
                                  &as_often_as_asked));
  withstands(release_request_kind());
}

TEST_CASE("D3: the vault takes no touch but the pinned key's own, for this yes or this change, once") {
  withstands(used_touch_kind());
  withstands(passkey_change_kind());
}

TEST_CASE("F1: the vault takes no set of keys again, and no old one") { withstands(vault_key_set_kind()); }

}  // namespace x1::vault
