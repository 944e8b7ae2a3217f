#include "policy/key_set.hpp"

#include <doctest/doctest.h>

#include <functional>

#include "policy/examples.hpp"
#include "wire/json.hpp"
#include "wire/schema_examples.hpp"

namespace x1::policy {
namespace {

using base::Code;
using testing::at;
using testing::id;

const crypto::SigningKey& first() {
  static const auto key = crypto::SigningKey::generate().value();
  return key;
}
const crypto::SigningKey& second() {
  static const auto key = crypto::SigningKey::generate().value();
  return key;
}
const crypto::SigningKey& third() {
  static const auto key = crypto::SigningKey::generate().value();
  return key;
}

constexpr auto moment = std::chrono::milliseconds(1);

// The first key signs until 100, the second from then on.
KeySet both() { return with_next(KeySet::of(first().public_key(), at(0)), second().public_key(), at(90)).value(); }
KeySet rotated(bool revoke = false) { return with_retired(both(), at(100), revoke); }

// Every kind of token that the API signs, issued then.
struct Kind {
  std::string name;
  std::function<std::string(TimePoint issued, const crypto::SigningKey&)> token;
  std::function<std::optional<Code>(const std::string&, const KeySet&, TimePoint)> refusal;
};

template <class Token>
auto refusal_by(base::Result<Token> (*verify)(std::string_view, const KeySet&, TimePoint)) {
  return [verify](const std::string& token, const KeySet& keys, TimePoint now) {
    const auto read = verify(token, keys, now);
    return read.ok() ? std::nullopt : std::optional(read.error().code);
  };
}

std::vector<Kind> kinds() {
  return {
      {"turn",
       [](TimePoint issued, const crypto::SigningKey& key) {
         return sign(TurnCertificate{id<SessionId>("s1"), TurnNumber{3}, id<UserId>("ada"), crypto::sha256("hi"),
                                     crypto::sha256("{}"), key.public_key(), issued, issued + max_turn_life},
                     key);
       },
       refusal_by<TurnCertificate>(&verify_turn)},
      {"consent",
       [](TimePoint issued, const crypto::SigningKey& key) {
         auto consent = testing::consent(testing::challenge());
         consent.issued = issued, consent.expires = issued + max_consent_life;
         return sign(consent, key);
       },
       refusal_by<ConsentToken>(&verify_consent)},
      {"receipt",
       [](TimePoint issued, const crypto::SigningKey& key) {
         return sign(Receipt{id<SessionId>("s1"), "event", 1, {}, issued}, key);
       },
       refusal_by<Receipt>(&verify_receipt)},
      {"control",
       [](TimePoint issued, const crypto::SigningKey& key) {
         return sign(Control{"k1", id<SessionId>("s1"), id<UserId>("ada"), RevokeGrants{}, issued}, key);
       },
       refusal_by<Control>(&verify_control)},
  };
}

}  // namespace

TEST_CASE(
    "F1: a retired key is believed for what it had signed before, while that may be on its way, and for no more") {
  for (const auto& kind : kinds()) {
    CAPTURE(kind.name);
    const auto before = kind.token(at(100), first());
    const auto after = kind.token(at(100) + moment, first());
    CHECK(kind.refusal(before, both(), at(101)) == std::nullopt);
    CHECK(kind.refusal(after, both(), at(101)) == std::nullopt);
    CHECK(kind.refusal(before, rotated(), at(101)) == std::nullopt);
    CHECK(kind.refusal(after, rotated(), at(101)) == Code::invalid_token);
    CHECK(kind.refusal(kind.token(at(101), second()), rotated(), at(101)) == std::nullopt);
    // Somebody who has the old key can write any time into a token: not for long.
    const auto last = at(100) + max_way_after_retirement;
    CHECK(kind.refusal(kind.token(at(99), first()), rotated(), last + moment) == Code::invalid_token);
    CHECK(kind.refusal(kind.token(last, second()), rotated(), last + moment) == std::nullopt);
  }
}

TEST_CASE("F1: a revoked key is believed for nothing, whenever it was signed") {
  for (const auto& kind : kinds()) {
    CAPTURE(kind.name);
    CHECK(kind.refusal(kind.token(at(50), first()), rotated(true), at(100)) == Code::invalid_token);
    CHECK(kind.refusal(kind.token(at(100), second()), rotated(true), at(100)) == std::nullopt);
    CHECK(kind.refusal(kind.token(at(100), third()), rotated(true), at(100)) == Code::invalid_token);
  }
}

TEST_CASE("what rests on a retired key holds where it had come before, and on no channel that was opened since") {
  const auto keys = rotated();
  CHECK(still_holds(keys.keys[0], at(100), at(50)).ok());
  CHECK_FALSE(still_holds(keys.keys[0], at(100) + moment, at(50)).ok());
  CHECK(still_holds(keys.keys[0], at(40), at(100) - moment).ok());
  CHECK_FALSE(still_holds(keys.keys[0], at(40), at(100)).ok());
  CHECK(still_holds(keys.keys[1], at(5000), at(4000)).ok());
}

TEST_CASE("keys follow each other one at a time, and what a start finds is put in order") {
  const auto one = KeySet::of(first().public_key(), at(0));
  const auto two = both();
  CHECK(two.number == 2);
  CHECK(with_next(two, third().public_key(), at(95)).error().code == Code::conflict);
  CHECK(with_next(one, first().public_key(), at(95)).error().code == Code::conflict);
  const auto done = rotated();
  CHECK(done.number == 3);
  CHECK(done.keys[0].retired == at(100));
  CHECK(with_next(done, first().public_key(), at(200)).error().code == Code::conflict);
  CHECK(with_next(done, third().public_key(), at(200))->keys.size() == 3);

  CHECK(settled(one, first().public_key(), at(500)).value() == one);
  CHECK(settled(done, second().public_key(), at(500)).value() == done);
  // Cut short before the API used the second, and after it.
  const auto not_followed = settled(two, first().public_key(), at(500)).value();
  CHECK(not_followed.number == 3);
  CHECK(not_followed.keys == one.keys);
  const auto followed = settled(two, second().public_key(), at(500)).value();
  CHECK(followed.number == 3);
  CHECK(followed.keys[0].retired == at(500));
  // A key that nobody but the API knows of, and one that was retired.
  CHECK(settled(one, third().public_key(), at(500)).error().code == Code::storage_failed);
  CHECK(settled(two, third().public_key(), at(500)).error().code == Code::storage_failed);
  CHECK(settled(done, first().public_key(), at(500)).error().code == Code::storage_failed);

  auto full = one;
  for (std::size_t i = 1; i < max_api_keys; ++i)
    full = with_retired(with_next(full, crypto::SigningKey::generate()->public_key(), at(1)).value(), at(2), false);
  CHECK(with_next(full, third().public_key(), at(3)).error().code == Code::too_many);
  CHECK(key_set_from(to_value(full)).value() == full);
}

TEST_CASE("revoking takes every earlier key with it, those that had been retired too") {
  const auto third_too = with_next(rotated(), third().public_key(), at(200)).value();
  const auto revoked = with_retired(third_too, at(210), true);
  CHECK(revoked.keys[0].revoked);
  CHECK(revoked.keys[0].retired == at(100));
  CHECK(revoked.keys[1].revoked);
  CHECK_FALSE(revoked.keys[2].retired);
  CHECK_FALSE(revoked.keys[2].revoked);
  CHECK(for_session(revoked, at(210)).keys == std::vector{revoked.keys[2]});
}

TEST_CASE("F1: a session knows no key that was retired before it began, whenever its broker is started") {
  CHECK(for_session(rotated(), at(100) - moment) == rotated());
  CHECK(for_session(rotated(), at(100)).keys == std::vector{rotated().keys[1]});
  CHECK(for_session(rotated(true), at(100)).keys == std::vector{rotated(true).keys[1]});
  CHECK(for_session(both(), at(5000)) == both());
}

TEST_CASE(
    "F1: for a record that is read back a key that was revoked since counts as retired, and as no more than that") {
  const auto before = for_records(rotated(true));
  CHECK(before == rotated());
  CHECK(for_records(rotated()) == rotated());
  CHECK(for_records(both()) == both());
}

TEST_CASE("F1: an old set of keys does not come again, nor a key that was retired or revoked") {
  CHECK(may_follow(KeySet::of(first().public_key(), at(0)), both()).ok());
  CHECK(may_follow(both(), rotated()).ok());
  CHECK(may_follow(both(), rotated(true)).ok());
  CHECK(may_follow(rotated(), both()).error().code == Code::conflict);
  CHECK(may_follow(rotated(), rotated()).error().code == Code::conflict);
  const auto later = [](KeySet set) {
    set.number = 9;
    return set;
  };
  CHECK(may_follow(rotated(), later(rotated())).ok());
  CHECK(may_follow(rotated(), later(both())).error().code == Code::conflict);
  CHECK(may_follow(rotated(true), later(rotated())).error().code == Code::conflict);
  CHECK(may_follow(rotated(), later(with_retired(both(), at(101), false))).error().code == Code::conflict);
  // What is left out is believed for nothing.
  CHECK(may_follow(rotated(), later(for_session(rotated(), at(100)))).ok());
}

TEST_CASE("the example of schema/api-keys.md is a set of keys") {
  const auto examples = wire::testing::schema_examples("api-keys.md", "json");
  REQUIRE(examples.size() == 1);
  const auto set = key_set_from(wire::parse_json(examples[0]).value());
  REQUIRE(set.ok());
  CHECK(wire::canonical_json(to_value(*set)) == examples[0]);
}

TEST_CASE("a set of keys comes back as it was written, and no other form of it") {
  for (const auto& set : {both(), rotated(), rotated(true)})
    CHECK(key_set_from(to_value(set)).value() == set);
  const auto reads = [](const wire::Value& value) { return key_set_from(value).ok(); };
  const auto good = *to_value(rotated(true)).object();
  const auto with = [&](const std::string& name, wire::Value value) {
    auto changed = good;
    changed[name] = std::move(value);
    return changed;
  };
  CHECK(reads(good));
  CHECK_FALSE(reads(with("number", 0)));
  CHECK_FALSE(reads(with("number", "3")));
  CHECK_FALSE(reads(with("keys", wire::Value::Array{})));
  CHECK_FALSE(reads(with("keys", wire::Value())));
  CHECK_FALSE(reads(with("more", true)));
  auto twice = *good.at("keys").array();
  twice.push_back(twice.front());
  CHECK_FALSE(reads(with("keys", twice)));
  for (const auto& [member, value] : std::initializer_list<std::pair<std::string, wire::Value>>{
           {"key", "x"}, {"made", 5}, {"retired", "never"}, {"revoked", 1}, {"more", true}}) {
    CAPTURE(member);
    auto keys = *good.at("keys").array();
    (*keys.front().object())[member] = value;
    CHECK_FALSE(reads(with("keys", keys)));
  }
  auto unretired = *good.at("keys").array();
  unretired.front().object()->erase("retired");
  CHECK_FALSE(reads(with("keys", unretired)));
}

}  // namespace x1::policy
