// How much a grant is good for, and a person's no for a session: what counts, what is refused, what is remembered.
#include "policy/limits.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "policy/examples.hpp"

namespace x1::policy {
namespace {

using base::Code;
using base::GrantId;
using testing::at;
using testing::id;

const auto g1 = id<GrantId>("g1");
const auto c1 = id<ChallengeId>("c1");

ConsentToken limited(const Limits& limits, Lifetime lifetime = Lifetime::session) {
  auto token = testing::consent(testing::challenge(), lifetime);
  token.limits = limits;
  return token;
}

Ledger granted(const Limits& limits) {
  Ledger ledger;
  ledger.apply(Asked{testing::challenge()});
  ledger.apply(ledger.redeem(limited(limits), "token", g1, at(20)).value());
  REQUIRE(ledger.grant(g1) != nullptr);
  return ledger;
}

bool serves(const Ledger& ledger) {
  const auto manifest = testing::manifest();
  return covers(*ledger.grant(g1), testing::call(testing::challenge()), *find_scope(manifest, "calendar.write"),
                at(30));
}

TEST_CASE("limits are written down and read back, and nonsense is refused") {
  for (const Limits& limits : {Limits{1, {}}, Limits{{}, 1}, Limits{max_limit_uses, max_limit_bytes}}) {
    CHECK(limits_from(to_value(limits)).value() == limits);
  }
  for (const Limits& limits :
       {Limits{}, Limits{0, {}}, Limits{1, 0}, Limits{max_limit_uses + 1, 1}, Limits{{}, max_limit_bytes + 1}}) {
    CHECK_FALSE(is_limits(limits));
    CHECK_FALSE(limits_from(to_value(limits)).ok());
  }
  CHECK_FALSE(limits_from(wire::Value::Object{{"uses", 1}, {"calls", 1}}).ok());
  CHECK_FALSE(limits_from(wire::Value()).ok());
}

TEST_CASE("a yes for once takes no limits, neither as a token nor when it is redeemed") {
  const auto once = limited({1, {}}, Lifetime::once);
  CHECK_FALSE(consent_from(to_value(once)).ok());
  Ledger ledger;
  ledger.apply(Asked{testing::challenge()});
  const auto refused = ledger.redeem(once, "token", g1, at(20));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Code::invalid_token);
  CHECK_FALSE(ledger.redeem(limited({}), "token", g1, at(20)).ok());
  CHECK_FALSE(ledger.redeem(limited({0, {}}), "token", g1, at(20)).ok());
  for (const auto lifetime : {Lifetime::turn, Lifetime::session, Lifetime::until}) {
    const auto token = limited({2, 100}, lifetime);
    CHECK(consent_from(to_value(token)).value() == token);
    CHECK(ledger.redeem(token, "token", g1, at(20)).ok());
  }
}

TEST_CASE("D2: a grant for two calls serves two") {
  auto ledger = granted({2, {}});
  for (int call = 0; call < 2; ++call) {
    CHECK(serves(ledger));
    ledger.apply(ledger.use(g1, {1, 0}).value());
  }
  CHECK_FALSE(serves(ledger));
  const auto third = ledger.use(g1, {1, 0});
  REQUIRE_FALSE(third.ok());
  CHECK(third.error().code == Code::permission_required);
  ledger.apply(Used{g1, {1, 0}});
  CHECK(ledger.grant(g1)->used.calls == 2);
}

TEST_CASE("D2: a grant for some bytes lets in what is left of them, and no more") {
  auto ledger = granted({{}, 1000});
  auto request = testing::planned();
  request.body = std::string(100 - request.target.size(), 'x');
  const auto& grant = *ledger.grant(g1);
  CHECK(answer_limit(grant.limits, grant.used, request) == 900);
  ledger.apply(ledger.use(g1, {0, 1000}).value());
  CHECK_FALSE(serves(ledger));
  CHECK_FALSE(answer_limit(grant.limits, grant.used, request));
  ledger.apply(Returned{g1, 700});
  CHECK(serves(ledger));
  CHECK(answer_limit(grant.limits, grant.used, request) == 600);
  request.body = std::string(700, 'x');
  CHECK_FALSE(answer_limit(grant.limits, grant.used, request));
  CHECK(answer_limit(std::nullopt, grant.used, request) == max_answer_bytes);
  CHECK(answer_limit(Limits{5, {}}, grant.used, request) == max_answer_bytes);
  CHECK(answer_limit(Limits{{}, max_limit_bytes}, grant.used, request) == max_answer_bytes);
}

TEST_CASE("more is never given back than was counted, and a grant that is gone counts nothing") {
  auto ledger = granted({{}, 1000});
  ledger.apply(Used{g1, {0, 10}});
  ledger.apply(Returned{g1, 4000});
  CHECK(ledger.grant(g1)->used.bytes == 0);
  CHECK_FALSE(ledger.use(id<GrantId>("g9"), {1, 0}).ok());
  ledger.apply(ledger.revoke(RevokeGrants{}));
  CHECK_FALSE(ledger.use(g1, {1, 0}).ok());
}

TEST_CASE("whatever is counted and given back, no limit is ever exceeded") {
  CHECK(rc::check("limits hold", [] {
    const Limits limits{*rc::gen::inRange<std::uint64_t>(1, 5), *rc::gen::inRange<std::uint64_t>(1, 50)};
    auto ledger = granted(limits);
    const auto steps = *rc::gen::container<std::vector<std::pair<std::uint64_t, bool>>>(
        rc::gen::pair(rc::gen::inRange<std::uint64_t>(0, 60), rc::gen::arbitrary<bool>()));
    for (const auto& [bytes, back] : steps) {
      ledger.apply(back ? LedgerFact(Returned{g1, bytes}) : LedgerFact(Used{g1, {bytes % 3, bytes}}));
      RC_ASSERT(ledger.grant(g1)->used.calls <= *limits.uses);
      RC_ASSERT(ledger.grant(g1)->used.bytes <= *limits.bytes);
    }
  }));
  CHECK_FALSE(has_room(Limits{{}, 10}, {0, 5}, {0, ~std::uint64_t{0}}));  // a sum that wraps round is no room
}

TEST_CASE("a call goes by the grant that it uses least") {
  const auto challenge = testing::challenge();
  const auto once = testing::grant(challenge, Lifetime::once, "g1");
  auto some = testing::grant(challenge, Lifetime::session, "g2");
  some.limits = Limits{1, {}};
  const auto any = testing::grant(challenge, Lifetime::turn, "g3");
  const auto chosen = [&](const std::vector<Grant>& grants) {
    const auto decision = decide(testing::call(challenge), testing::manifest(), grants, at(30));
    return std::get<Allow>(decision).permit.grant().id.text();
  };
  CHECK(chosen({once, some, any}) == "g3");
  CHECK(chosen({once, some}) == "g2");
  some.used.calls = 1;
  CHECK(chosen({once, some}) == "g1");
}

TEST_CASE("the answer that a permit lets in only gets smaller") {
  const auto challenge = testing::challenge();
  const std::array grants{testing::grant(challenge)};
  auto decision = decide(testing::call(challenge), testing::manifest(), grants, at(30));
  auto wanted = decide_request(std::get<Allow>(decision).permit, testing::planned(), 0, std::array{testing::planned()},
                               testing::manifest(), testing::connection());
  auto& permit = std::get<RequestPermit>(wanted);
  CHECK(permit.answer_limit() == max_answer_bytes);
  permit.limit_answer(10);
  permit.limit_answer(20);
  CHECK(permit.answer_limit() == 10);
}

TEST_CASE("a no for the session bars the like of it, of that person, scope and connection, until it is lifted") {
  Ledger ledger;
  ledger.apply(Asked{testing::challenge()});
  ledger.apply(Asked{testing::challenge("c2")});
  const auto& request = testing::challenge().request;
  CHECK(ledger.barred(request.actor, request.scope, request.connection) == nullptr);
  ledger.apply(ledger.bar(c1).value());
  REQUIRE(ledger.barred(request.actor, request.scope, request.connection) != nullptr);
  CHECK(ledger.barred(request.actor, request.scope, request.connection)->id == c1);
  CHECK(ledger.barred(id<UserId>("bob"), request.scope, request.connection) == nullptr);
  CHECK(ledger.barred(request.actor, "calendar.read", request.connection) == nullptr);
  CHECK(ledger.barred(request.actor, request.scope, id<ConnectionId>("work")) == nullptr);
  CHECK(ledger.bar(id<ChallengeId>("c2")).error().code == Code::conflict);
  CHECK(ledger.lift(id<ChallengeId>("c2")).error().code == Code::not_found);
  ledger.apply(ledger.lift(c1).value());
  CHECK(ledger.barred(request.actor, request.scope, request.connection) == nullptr);
}

TEST_CASE("a no for the session holds also to a question that has expired, and not to one that was granted") {
  Ledger ledger;
  CHECK(ledger.bar(c1).error().code == Code::not_found);
  ledger.apply(Asked{testing::challenge()});
  CHECK(ledger.state(c1, at(4000)) == ChallengeState::expired);
  CHECK(ledger.bar(c1).ok());
  CHECK(granted({1, {}}).bar(c1).error().code == Code::conflict);
  ledger.apply(Barred{id<ChallengeId>("c9")});
  ledger.apply(Lifted{id<ChallengeId>("c9")});
}

TEST_CASE("D2: a revocation of a person's grants leaves everybody else's") {
  Ledger ledger;
  for (const auto actor : {"ada", "bob"}) {
    const auto challenge = testing::challenge("c-" + std::string(actor), testing::request("s1", actor));
    ledger.apply(Asked{challenge});
    const auto token = testing::consent(challenge, Lifetime::session, "t-" + std::string(actor));
    ledger.apply(ledger.redeem(token, "text", id<GrantId>("g-" + std::string(actor)), at(20)).value());
  }
  RevokeGrants of_ada;
  of_ada.actor = id<UserId>("ada");
  REQUIRE(ledger.revoke(of_ada).grants.size() == 1);
  CHECK(ledger.revoke(of_ada).grants[0].text() == "g-ada");
  of_ada.scope = "calendar.read";
  CHECK(ledger.revoke(of_ada).grants.empty());
}

TEST_CASE("the questions that wait are found by person, scope and connection") {
  Ledger ledger;
  ledger.apply(Asked{testing::challenge("c1")});
  ledger.apply(Asked{testing::challenge("c2", testing::request("s1", "bob"))});
  ledger.apply(Asked{testing::challenge("c3", testing::request("s1", "ada", "calendar.read"))});
  CHECK(ledger.pending(Ledger::About{}, at(20)).size() == 3);
  CHECK(ledger.pending({.actor = id<UserId>("ada")}, at(20)).size() == 2);
  CHECK(ledger.pending({.actor = id<UserId>("ada"), .scope = "calendar.write"}, at(20)) == std::vector{c1});
  CHECK(ledger.pending({.connection = id<ConnectionId>("work")}, at(20)).empty());
  ledger.apply(Denied{c1, at(20)});
  CHECK(ledger.pending({.actor = id<UserId>("ada")}, at(20)).size() == 1);
  CHECK(ledger.pending(Ledger::About{}, at(4000)).empty());
}

}  // namespace
}  // namespace x1::policy
