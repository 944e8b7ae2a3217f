#include "policy/ledger.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "policy/examples.hpp"

namespace x1::policy {
namespace {

using base::Code;
using base::GrantId;
using testing::at;
using testing::id;

Ledger asked(const Challenge& challenge = testing::challenge()) {
  Ledger ledger;
  ledger.apply(Asked{challenge});
  return ledger;
}

Ledger granted(Lifetime lifetime = Lifetime::session) {
  auto ledger = asked();
  ledger.apply(
      ledger.redeem(testing::consent(testing::challenge(), lifetime), "token", id<GrantId>("g1"), at(20)).value());
  return ledger;
}

std::size_t live(const Ledger& ledger) { return ledger.grants_for(id<UserId>("ada"), "calendar.write").size(); }

TEST_CASE("D1: a session starts with no grants") {
  const Ledger ledger;
  CHECK(ledger.grants().empty());
  CHECK(live(ledger) == 0);
}

TEST_CASE("D5: asking grants nothing and denies nothing") {
  const auto ledger = asked();
  CHECK(ledger.grants().empty());
  CHECK(ledger.state(id<ChallengeId>("c1"), at(20)) == ChallengeState::pending);
  CHECK(ledger.state(id<ChallengeId>("c9"), at(20)) == std::nullopt);
}

TEST_CASE("asking for the very same request again finds the open question") {
  const auto ledger = asked();
  const auto digest = testing::challenge().digest;
  const auto turn = testing::challenge().turn;
  REQUIRE(ledger.pending(digest, turn, at(20)) != nullptr);
  CHECK(ledger.pending(digest, turn, at(20))->id.text() == "c1");
  CHECK(ledger.pending(crypto::sha256("x"), turn, at(20)) == nullptr);
  CHECK(ledger.pending(digest, turn, at(3600)) == nullptr);
  CHECK(granted().pending(digest, turn, at(20)) == nullptr);
}

TEST_CASE("a redeemed consent makes just the grant that was agreed") {
  const auto ledger = granted(Lifetime::until);
  REQUIRE(ledger.grants().size() == 1);
  auto expected = testing::grant(testing::challenge(), Lifetime::until);
  CHECK(ledger.grants()[0] == expected);
  CHECK(ledger.state(id<ChallengeId>("c1"), at(99999)) == ChallengeState::granted);
}

TEST_CASE("D3: a consent token is redeemed once") {
  const auto ledger = granted();
  const auto again = ledger.redeem(testing::consent(testing::challenge()), "token", id<GrantId>("g2"), at(21));
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().code == Code::conflict);
}

TEST_CASE("D3: an id of a token counts once, also for another question") {
  auto ledger = granted();
  const auto other = testing::challenge("c2", testing::request("s1", "bob"));
  ledger.apply(Asked{other});
  const auto reused = testing::consent(other, Lifetime::session, "t1");
  CHECK_FALSE(ledger.redeem(reused, "token", id<GrantId>("g2"), at(21)).ok());
  const auto fresh = testing::consent(other, Lifetime::session, "t2");
  CHECK_FALSE(ledger.redeem(fresh, "token", id<GrantId>("g1"), at(21)).ok());  // nor does a grant's
  CHECK(ledger.redeem(fresh, "token", id<GrantId>("g2"), at(21)).ok());
}

TEST_CASE("D3: a question is answered once, also by two good tokens") {
  const auto ledger = granted();
  const auto second = testing::consent(testing::challenge(), Lifetime::session, "t2");
  CHECK_FALSE(ledger.redeem(second, "token", id<GrantId>("g2"), at(21)).ok());
}

TEST_CASE("D3: of two redemptions that were both checked before either was applied, one wins") {
  auto ledger = asked();
  const auto token = testing::consent(testing::challenge(), Lifetime::session);
  const auto first = ledger.redeem(token, "token", id<GrantId>("g1"), at(20)).value();
  const auto second = ledger.redeem(token, "token", id<GrantId>("g2"), at(20)).value();
  ledger.apply(first);
  ledger.apply(second);
  CHECK(ledger.grants().size() == 1);
}

TEST_CASE("a token for a question that nobody asked is refused") {
  const auto unknown = Ledger().redeem(testing::consent(testing::challenge()), "token", id<GrantId>("g1"), at(20));
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().code == Code::not_found);
}

TEST_CASE("a question that was denied or has expired can't be granted") {
  auto ledger = asked();
  CHECK_FALSE(ledger.redeem(testing::consent(testing::challenge()), "t", id<GrantId>("g1"), at(3600)).ok());
  ledger.apply(ledger.deny(id<ChallengeId>("c1"), at(20)).value());
  CHECK(ledger.state(id<ChallengeId>("c1"), at(20)) == ChallengeState::denied);
  CHECK_FALSE(ledger.redeem(testing::consent(testing::challenge()), "t", id<GrantId>("g1"), at(21)).ok());
}

TEST_CASE("a question that was granted or has expired can't be denied") {
  CHECK_FALSE(granted().deny(id<ChallengeId>("c1"), at(21)).ok());
  CHECK_FALSE(asked().deny(id<ChallengeId>("c1"), at(3600)).ok());
  CHECK_FALSE(Ledger().deny(id<ChallengeId>("c1"), at(20)).ok());
  CHECK(asked().state(id<ChallengeId>("c1"), at(3600)) == ChallengeState::expired);
}

TEST_CASE("E1: the question of one turn is not the question of another, though it asks for the same") {
  auto ledger = asked();
  const auto digest = testing::challenge().digest;
  const auto next = base::TurnNumber{static_cast<std::uint64_t>(testing::challenge().turn) + 1};
  CHECK(ledger.pending(digest, next, at(20)) == nullptr);
  auto again = testing::challenge();
  again.id = id<ChallengeId>("c2");
  again.turn = next;
  ledger.apply(Asked{again});
  REQUIRE(ledger.pending(digest, next, at(20)) != nullptr);
  CHECK(ledger.pending(digest, next, at(20))->id.text() == "c2");
  CHECK(ledger.pending(digest, testing::challenge().turn, at(20))->id.text() == "c1");
}

TEST_CASE("a question that was withdrawn is answered by nobody, and waits for nobody") {
  auto ledger = asked();
  const auto c1 = id<ChallengeId>("c1");
  ledger.apply(ledger.withdraw(c1, at(20)).value());
  CHECK(ledger.state(c1, at(21)) == ChallengeState::withdrawn);
  CHECK(ledger.pending_count(at(21)) == 0);
  CHECK(ledger.pending(testing::challenge().digest, testing::challenge().turn, at(21)) == nullptr);
  CHECK_FALSE(ledger.redeem(testing::consent(testing::challenge()), "t", id<GrantId>("g1"), at(21)).ok());
  CHECK_FALSE(ledger.deny(c1, at(21)).ok());
  CHECK_FALSE(granted().withdraw(c1, at(21)).ok());
}

TEST_CASE("D2: a grant that was spent or revoked is no longer live, and stays in the books") {
  auto spent = granted();
  spent.apply(Spent{id<GrantId>("g1")});
  CHECK(live(spent) == 0);
  CHECK(spent.grants()[0].spent);
  auto revoked = granted();
  revoked.apply(revoked.revoke(RevokeGrants{}));
  CHECK(live(revoked) == 0);
  CHECK(revoked.grants()[0].revoked);
}

TEST_CASE("D2: what became of a grant first is what became of it, whatever is recorded later") {
  const Revoked back{{id<GrantId>("g1")}};
  auto revoked = granted(Lifetime::once);
  revoked.apply(back);
  const auto before = revoked;
  revoked.apply(Spent{id<GrantId>("g1")});
  revoked.apply(back);
  CHECK(revoked == before);
  auto spent = granted(Lifetime::once);
  spent.apply(Spent{id<GrantId>("g1")});
  spent.apply(back);
  CHECK(state_of(spent.grants()[0]) == GrantState::spent);
}

TEST_CASE("D5: only a question that still waits expires") {
  const auto c1 = id<ChallengeId>("c1");
  const auto later = testing::challenge().expires;
  CHECK(asked().state(c1, later) == ChallengeState::expired);
  CHECK(granted().state(c1, later) == ChallengeState::granted);
  auto denied = asked();
  denied.apply(denied.deny(c1, at(20)).value());
  CHECK(denied.state(c1, later) == ChallengeState::denied);
  auto withdrawn = asked();
  withdrawn.apply(withdrawn.withdraw(c1, at(20)).value());
  CHECK(withdrawn.state(c1, later) == ChallengeState::withdrawn);
}

TEST_CASE("a revocation names one grant, a scope, or all; and ends live ones only") {
  auto ledger = granted();
  CHECK(ledger.revoke({id<GrantId>("g1"), std::nullopt}).grants.size() == 1);
  CHECK(ledger.revoke({id<GrantId>("g2"), std::nullopt}).grants.empty());
  CHECK(ledger.revoke({std::nullopt, "calendar.write"}).grants.size() == 1);
  CHECK(ledger.revoke({std::nullopt, "calendar.read"}).grants.empty());
  CHECK(ledger.revoke({}).grants.size() == 1);
  ledger.apply(Spent{id<GrantId>("g1")});
  CHECK(ledger.revoke({}).grants.empty());
}

TEST_CASE("a fact that could not have come about changes nothing") {
  const auto challenge = testing::challenge();
  const Redeemed good{testing::consent(challenge), "token", id<GrantId>("g1"), at(20)};
  Ledger never_asked;
  never_asked.apply(good);
  CHECK(never_asked.grants().empty());
  auto other_person = good;
  other_person.token.actor = id<UserId>("bob");
  auto too_late = good;
  too_late.at = at(4000);
  for (const auto& fact : {other_person, too_late}) {
    auto ledger = asked();
    ledger.apply(fact);
    CHECK(ledger.grants().empty());
    CHECK(ledger.state(challenge.id, at(20)) == ChallengeState::pending);
  }
  auto ledger = asked();
  ledger.apply(Spent{id<GrantId>("g7")});
  ledger.apply(Revoked{{id<GrantId>("g7")}});
  CHECK(ledger == asked());
}

TEST_CASE("a second question of the same id does not replace the first") {
  auto ledger = asked();
  ledger.apply(Asked{testing::challenge("c1", testing::request("s1", "bob"))});
  CHECK(ledger.challenge(id<ChallengeId>("c1"))->request.actor.text() == "ada");
}

TEST_CASE("grants_for gives the live grants of one actor and scope, however many others there are") {
  Ledger ledger;
  int made = 0;
  for (const auto actor : {"ada", "bob", "ab", "adaa"}) {
    for (const auto scope : {"calendar.read", "calendar.write", "files.read"}) {
      for (int i = 0; i < 3; ++i) {
        const auto name = std::to_string(++made);
        const auto challenge = testing::challenge("c" + name, testing::request("s1", actor, scope));
        ledger.apply(Asked{challenge});
        const auto token = testing::consent(challenge, Lifetime::session, "t" + name);
        ledger.apply(ledger.redeem(token, "text", id<GrantId>("g" + name), at(20)).value());
        if (i == 1) ledger.apply(Spent{id<GrantId>("g" + name)});
      }
    }
  }
  for (const auto actor : {"ada", "bob", "ab", "adaa"}) {
    for (const auto scope : {"calendar.read", "calendar.write", "files.read"}) {
      const auto found = ledger.grants_for(id<UserId>(actor), scope);
      CHECK(found.size() == 2);
      CHECK(std::ranges::all_of(found, [&](const Grant& grant) {
        return grant.actor.text() == actor && grant.scope == scope && !grant.spent;
      }));
    }
  }
  CHECK(ledger.grants_for(id<UserId>("nobody"), "calendar.read").empty());
  CHECK(ledger.grants_for(id<UserId>("ada"), "calendar").empty());
  CHECK(ledger.grants().size() == 36);
}

// Facts as an adversary would put them together: few ids, so that they meet, and members that do not fit.
rc::Gen<LedgerFact> random_fact() {
  return rc::gen::exec([]() -> LedgerFact {
    const auto digit = [] { return std::to_string(*rc::gen::inRange(0, 4)); };
    const auto when = [] { return at(*rc::gen::inRange(0, 4000)); };
    const auto actor = *rc::gen::element<std::string>("ada", "bob");
    const auto challenge = testing::challenge("c" + digit(), testing::request("s1", actor));
    switch (*rc::gen::inRange(0, 11)) {
      case 0:
      case 1: return Asked{challenge};
      case 2: {
        const auto lifetime = *rc::gen::element(Lifetime::once, Lifetime::session, Lifetime::until);
        auto token = testing::consent(challenge, lifetime, "t" + digit());
        if (*rc::gen::inRange(0, 8) == 0) token.digest = crypto::sha256("x");
        if (lifetime != Lifetime::once && *rc::gen::inRange(0, 2) == 0) token.limits = Limits{2, 10};
        return Redeemed{token, "text", id<GrantId>("g" + digit()), when()};
      }
      case 3: return Denied{challenge.id, when()};
      case 4: return Withdrawn{challenge.id, when()};
      case 5: return Spent{id<GrantId>("g" + digit())};
      case 6: return Used{id<GrantId>("g" + digit()), {*rc::gen::inRange(0U, 3U), *rc::gen::inRange(0U, 9U)}};
      case 7: return Returned{id<GrantId>("g" + digit()), *rc::gen::inRange(0U, 9U)};
      case 8: return Barred{challenge.id};
      case 9: return Lifted{challenge.id};
      default: return Revoked{{id<GrantId>("g" + digit()), id<GrantId>("g" + digit())}};
    }
  });
}

TEST_CASE("whatever the facts, every grant has its own redeemed consent to a question that was asked") {
  CHECK(rc::check("no grant without consent", [] {
    const auto facts = *rc::gen::container<std::vector<LedgerFact>>(random_fact());
    Ledger ledger;
    for (const auto& fact : facts)
      ledger.apply(fact);
    std::set<std::string> challenges;
    for (const Grant& grant : ledger.grants()) {
      const auto* challenge = ledger.challenge(grant.challenge);
      RC_ASSERT(challenge != nullptr);
      RC_ASSERT(ledger.state(grant.challenge, at(99999)) == ChallengeState::granted);
      RC_ASSERT(grant.actor == challenge->request.actor);
      RC_ASSERT(grant.scope == challenge->request.scope);
      RC_ASSERT(grant.digest == challenge->digest);
      RC_ASSERT(challenges.insert(grant.challenge.text()).second);
      RC_ASSERT(std::ranges::any_of(facts, [&](const LedgerFact& fact) {
        const auto* redeemed = std::get_if<Redeemed>(&fact);
        return redeemed != nullptr && redeemed->grant == grant.id && redeemed->token.challenge == grant.challenge &&
               answers(redeemed->token, *challenge, redeemed->at).ok();
      }));
    }
  }));
}

TEST_CASE("facts written down and read back give the same ledger") {
  CHECK(rc::check("replay", [] {
    const auto facts = *rc::gen::container<std::vector<LedgerFact>>(random_fact());
    Ledger first;
    Ledger replayed;
    for (const auto& fact : facts) {
      first.apply(fact);
      const auto read = ledger_fact_from(to_value(fact));
      RC_ASSERT(read.ok());
      RC_ASSERT(*read == fact);
      replayed.apply(*read);
    }
    RC_ASSERT(first == replayed);
  }));
}

TEST_CASE("a fact of an unknown kind or with a member too many is refused") {
  CHECK_FALSE(ledger_fact_from(wire::Value::Object{{"fact", "approved"}}).ok());
  CHECK_FALSE(ledger_fact_from(wire::Value()).ok());
  auto value = to_value(LedgerFact(Spent{id<GrantId>("g1")}));
  CHECK(ledger_fact_from(value).ok());
  value.object()->emplace("at", "now");
  CHECK_FALSE(ledger_fact_from(value).ok());
  CHECK_FALSE(ledger_fact_from(wire::Value::Object{{"fact", "revoked"}, {"grants", wire::Value::Array{"A B"}}}).ok());
}

}  // namespace
}  // namespace x1::policy
