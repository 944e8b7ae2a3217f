#include "policy/tokens.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <functional>

#include "policy/examples.hpp"
#include "wire/jws.hpp"

namespace x1::policy {
namespace {

using base::Code;
using testing::at;
using testing::id;
using wire::TokenType;
using wire::Value;

const crypto::SigningKey& key() {
  static const auto key = crypto::SigningKey::generate().value();
  return key;
}
const crypto::SigningKey& other_key() {
  static const auto key = crypto::SigningKey::generate().value();
  return key;
}
Keys keys() { return {&key().public_key(), 1}; }

TurnCertificate turn() {
  return {id<SessionId>("s1"), TurnNumber{3}, id<UserId>("ada"), crypto::sha256("hello"), crypto::sha256("{}"),
          key().public_key(),  at(0),         at(3600)};
}
ConsentToken consent() { return testing::consent(testing::challenge(), Lifetime::until); }
Ticket ticket() {
  return {id<base::CallId>("call1"), id<SessionId>("s1"),    TurnNumber{3},
          id<UserId>("ada"),         "calendar_list_events", "calendar.read",
          id<ConnectionId>("home"),  TicketMode::run,        at(100)};
}
ReleaseRequest release() {
  return {id<base::CallId>("call1"), id<SessionId>("s1"),       TurnNumber{3}, id<ConnectionId>("home"),
          "calendar.read",           crypto::sha256("request"), at(0)};
}
Receipt receipt() { return {id<SessionId>("s1"), "audit", 42, crypto::sha256("row"), at(0)}; }
Control control(ControlAction action) {
  return {"k1", id<SessionId>("s1"), id<UserId>("ada"), std::move(action), at(0)};
}

// Every kind of token as its text and the reader of its kind, which says whether it believes a text.
struct Kind {
  TokenType type;
  std::string text;
  std::function<bool(std::string_view, Keys)> reads;
};
std::vector<Kind> all_kinds() {
  return {
      {TokenType::turn, sign(turn(), key()), [](auto text, Keys k) { return verify_turn(text, k, at(20)).ok(); }},
      {TokenType::consent, sign(consent(), key()),
       [](auto text, Keys k) { return verify_consent(text, k, at(20)).ok(); }},
      {TokenType::ticket, sign(ticket(), key()), [](auto text, Keys k) { return verify_ticket(text, k, at(20)).ok(); }},
      {TokenType::release, sign(release(), key()),
       [](auto text, Keys k) { return verify_release(text, k, at(20)).ok(); }},
      {TokenType::receipt, sign(receipt(), key()), [](auto text, Keys k) { return verify_receipt(text, k).ok(); }},
      {TokenType::control, sign(control(EndSession{}), key()),
       [](auto text, Keys k) { return verify_control(text, k, at(20)).ok(); }},
  };
}

TEST_CASE("each token comes back as it was signed") {
  CHECK(verify_turn(sign(turn(), key()), keys(), at(20)).value() == turn());
  CHECK(verify_consent(sign(consent(), key()), keys(), at(20)).value() == consent());
  CHECK(verify_ticket(sign(ticket(), key()), keys(), at(20)).value() == ticket());
  CHECK(verify_release(sign(release(), key()), keys(), at(20)).value() == release());
  CHECK(verify_receipt(sign(receipt(), key()), keys()).value() == receipt());
  auto refusing = receipt();
  refusing.refused.assign(max_refusals, {7, "not_found"});
  CHECK(verify_receipt(sign(refusing, key()), keys()).value() == refusing);
  refusing.refused.push_back({8, "conflict"});
  CHECK_FALSE(verify_receipt(sign(refusing, key()), keys()).ok());
  const std::vector<ControlAction> actions{
      DenyChallenge{id<ChallengeId>("c1")},
      RevokeGrants{},
      RevokeGrants{id<base::GrantId>("g1"), std::nullopt},
      RevokeGrants{std::nullopt, "calendar.read"},
      CancelTurn{TurnNumber{3}},
      FinishTurn{TurnNumber{3}, true},
      EndSession{},
      AnswerQuestion{"q1", "Yes,\nplease \xe2\x80\xae."},
  };
  for (const auto& action : actions) {
    const auto sent = control(action);
    CHECK(verify_control(sign(sent, key()), keys(), at(20)).value() == sent);
  }
}

TEST_CASE("consent tokens of any content come back as they were signed") {
  CHECK(rc::check("round trip", [] {
    const auto word = rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::elementOf(std::string("abz09_-"))));
    const auto name = [&] { return (*word).substr(0, 64); };
    ConsentToken token = consent();
    token.id = name();
    token.challenge = id<ChallengeId>(name());
    token.session = id<SessionId>(name());
    token.actor = id<UserId>(name());
    token.connection = id<ConnectionId>(name());
    token.digest = crypto::sha256(name());
    token.lifetime = *rc::gen::element(Lifetime::once, Lifetime::turn, Lifetime::session, Lifetime::until);
    token.until.reset();
    if (token.lifetime == Lifetime::until) token.until = at(0) + base::Duration(*rc::gen::inRange(0, 1'000'000'000));
    token.issued = at(0) + base::Duration(*rc::gen::inRange(0, 5000));
    token.expires = token.issued + base::Duration(*rc::gen::inRange(5000, 300'001));
    RC_ASSERT(verify_consent(sign(token, key()), keys(), at(5)).value() == token);
  }));
}

TEST_CASE("a token with any one byte changed is refused") {
  for (const auto& kind : all_kinds()) {
    CAPTURE(to_string(kind.type));
    REQUIRE(kind.reads(kind.text, keys()));
    for (std::size_t i = 0; i < kind.text.size(); ++i) {
      for (const int flip : {1, 2, 0x20, 0x80}) {
        auto changed = kind.text;
        changed[i] = static_cast<char>(changed[i] ^ flip);
        CHECK_FALSE(kind.reads(changed, keys()));
      }
    }
    for (const std::size_t cut : {std::size_t{0}, std::size_t{1}, kind.text.size() / 2, kind.text.size() - 1}) {
      CHECK_FALSE(kind.reads(std::string_view(kind.text).substr(0, cut), keys()));
    }
    CHECK_FALSE(kind.reads(kind.text + "A", keys()));
  }
}

TEST_CASE("a token of one kind is never taken for another, though the same key signed it") {
  const auto kinds = all_kinds();
  for (const auto& kind : kinds) {
    for (const auto& other : kinds) {
      CHECK(kind.reads(other.text, keys()) == (kind.type == other.type));
    }
  }
}

TEST_CASE("a token signed with a key that is not known is refused, and without keys every token is") {
  const std::array others{other_key().public_key()};
  for (const auto& kind : all_kinds()) {
    CHECK_FALSE(kind.reads(kind.text, others));
    CHECK_FALSE(kind.reads(kind.text, Keys{}));
  }
}

TEST_CASE("a signed token with a member too many, too few or of another type is refused") {
  auto members = to_value(consent());
  const auto reads = [](const Value& value) {
    return verify_consent(wire::sign_jws(TokenType::consent, value, key()), keys(), at(20)).ok();
  };
  CHECK(reads(members));
  for (const auto& [name, value] : *members.object()) {
    CAPTURE(name);
    auto fewer = *members.object();
    fewer.erase(name);
    CHECK_FALSE(reads(fewer));
    for (const Value& other : {Value(), Value(1), Value(true), Value(Value::Array{}), Value("")}) {
      auto changed = *members.object();
      changed[name] = other;
      CHECK_FALSE(reads(changed));
    }
  }
  members.object()->emplace("admin", true);
  CHECK_FALSE(reads(members));
}

TEST_CASE("an end goes with the lifetime until and with no other") {
  auto token = consent();
  token.until.reset();
  CHECK_FALSE(verify_consent(sign(token, key()), keys(), at(20)).ok());
  for (const auto lifetime : {Lifetime::once, Lifetime::turn, Lifetime::session}) {
    token = consent();
    token.lifetime = lifetime;
    CHECK_FALSE(verify_consent(sign(token, key()), keys(), at(20)).ok());
  }
}

TEST_CASE("a consent token is refused before its time, after it, and when it would live over five minutes") {
  const auto token = consent();  // issued at 10, expires at 300
  const auto code = [&](const ConsentToken& sent, TimePoint now) {
    const auto verified = verify_consent(sign(sent, key()), keys(), now);
    return verified.ok() ? std::nullopt : std::optional(verified.error().code);
  };
  CHECK(code(token, at(5)) == std::nullopt);  // a clock five seconds behind
  CHECK(code(token, at(5) - base::Duration(1)) == Code::clock_skew);
  CHECK(code(token, at(305) - base::Duration(1)) == std::nullopt);
  CHECK(code(token, at(305)) == Code::expired);
  auto long_lived = token;
  long_lived.expires = token.issued + max_consent_life;
  CHECK(code(long_lived, at(20)) == std::nullopt);
  long_lived.expires += base::Duration(1);
  CHECK(code(long_lived, at(20)) == Code::invalid_token);
  auto backwards = token;
  backwards.expires = token.issued;
  CHECK(code(backwards, at(10)) == Code::invalid_token);
}

TEST_CASE("turns, tickets, releases and controls have their times as well") {
  auto late_turn = turn();
  CHECK_FALSE(verify_turn(sign(late_turn, key()), keys(), at(3606)).ok());
  CHECK_FALSE(verify_turn(sign(late_turn, key()), keys(), at(-6)).ok());
  late_turn.expires = late_turn.issued + max_turn_life + base::Duration(1);
  CHECK_FALSE(verify_turn(sign(late_turn, key()), keys(), at(20)).ok());

  CHECK_FALSE(verify_ticket(sign(ticket(), key()), keys(), at(100)).ok());
  CHECK_FALSE(verify_ticket(sign(ticket(), key()), keys(), at(100) - max_ticket_life - base::Duration(1)).ok());

  CHECK(verify_release(sign(release(), key()), keys(), at(30)).ok());
  CHECK_FALSE(verify_release(sign(release(), key()), keys(), at(31)).ok());
  CHECK_FALSE(verify_release(sign(release(), key()), keys(), at(-6)).ok());

  const auto revoke = sign(control(RevokeGrants{}), key());
  CHECK(verify_control(revoke, keys(), at(1'000'000)).ok());  // asked for while the broker was down
  const auto answer = sign(control(AnswerQuestion{"q1", "Yes."}), key());
  CHECK(verify_control(answer, keys(), at(1'000'000)).ok());
  CHECK(verify_control(answer, keys(), at(-100'000)).error().code == Code::clock_skew);
}

TEST_CASE("D2: a clock that was set back puts off no control that only takes something away") {
  for (const ControlAction& action : std::initializer_list<ControlAction>{
           DenyChallenge{id<ChallengeId>("c1")}, RevokeGrants{}, RevokeGrants{id<base::GrantId>("g1"), std::nullopt},
           CancelTurn{TurnNumber{3}}, FinishTurn{TurnNumber{3}, true}, EndSession{}}) {
    const auto sent = control(action);
    CHECK(verify_control(sign(sent, key()), keys(), at(-100'000)).value() == sent);
  }
}

TEST_CASE("a control names one action that there is, with just its members") {
  const auto reads = [](Value::Object members) {
    members.emplace("id", "k1");
    members.emplace("session", "s1");
    members.emplace("actor", "ada");
    members.emplace("issued", "2026-11-24T19:00:00.000Z");
    const auto text = wire::sign_jws(TokenType::control, std::move(members), key());
    return verify_control(text, keys(), at(1'000'000)).ok();
  };
  CHECK(reads({{"action", "cancel_turn"}, {"turn", 3}}));
  CHECK_FALSE(reads({{"action", "cancel_turn"}}));
  CHECK(reads({{"action", "finish_turn"}, {"turn", 3}, {"outcome", "completed"}}));
  CHECK_FALSE(reads({{"action", "finish_turn"}, {"turn", 3}, {"outcome", "cancelled"}}));
  CHECK_FALSE(reads({{"action", "finish_turn"}, {"outcome", "failed"}}));
  CHECK_FALSE(reads({{"action", "approve"}}));
  CHECK_FALSE(reads({{"action", ""}}));
  CHECK_FALSE(reads({}));
  CHECK_FALSE(reads({{"action", "cancel_turn"}, {"turn", 3}, {"grant", "g1"}}));
  CHECK_FALSE(reads({{"action", "deny"}}));
  CHECK_FALSE(reads({{"action", "deny"}, {"challenge", "../x"}}));
  CHECK_FALSE(reads({{"action", "revoke"}, {"grant", "NOT AN ID"}}));
  CHECK_FALSE(reads({{"action", "revoke"}, {"grant", "g1"}, {"scope", "calendar.read"}}));
}

TEST_CASE("a lifetime is one of four words") {
  for (const auto lifetime : {Lifetime::once, Lifetime::turn, Lifetime::session, Lifetime::until}) {
    CHECK(lifetime_from(to_string(lifetime)).value() == lifetime);
  }
  for (const auto text : {"", "always", "Once", "once "})
    CHECK_FALSE(lifetime_from(text).ok());
}

}  // namespace
}  // namespace x1::policy
