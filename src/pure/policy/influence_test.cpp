// What has entered a session, and the grants that were given before it did.
#include <doctest/doctest.h>

#include "policy/decide.hpp"
#include "policy/examples.hpp"

namespace x1::policy {
namespace {

using testing::at;
using testing::id;

const Scope& reading() {
  static const auto manifest = testing::manifest();
  return *find_scope(manifest, "calendar.read");
}
const Scope& writing() {
  static const auto manifest = testing::manifest();
  return *find_scope(manifest, "calendar.write");
}

Entered entered(std::string_view who, std::optional<base::CallId> call = {}) {
  return {{SourceKind::host, "https://" + std::string(who)}, at(30), std::move(call)};
}

Ledger with(std::vector<Source> sources) {
  Ledger ledger;
  for (auto& source : sources)
    ledger.apply(**ledger.enter(std::move(source), at(1)));
  return ledger;
}

TEST_CASE("a grant with side effects serves only while nothing has entered since it was asked for") {
  for (const auto lifetime : {Lifetime::once, Lifetime::turn, Lifetime::session, Lifetime::until}) {
    CAPTURE(to_string(lifetime));
    const auto challenge = testing::challenge();
    auto grant = testing::grant(challenge, lifetime);
    grant.sources = 2;
    auto call = testing::call(challenge);
    call.entered = 2;
    CHECK(covers(grant, call, writing(), at(30)));
    call.entered = 3;
    CHECK_FALSE(covers(grant, call, writing(), at(30)));
  }
}

TEST_CASE("a broker that does not know what has entered is not allowed anything that has side effects") {
  const auto challenge = testing::challenge();
  auto call = testing::call(challenge);
  call.entered.reset();
  CHECK_FALSE(covers(testing::grant(challenge), call, writing(), at(30)));
}

TEST_CASE("what only reads goes on, whatever has entered") {
  const auto challenge = testing::challenge("c1", testing::request("s1", "ada", "calendar.read"));
  auto call = testing::call(challenge);
  call.entered = 7;
  CHECK(covers(testing::grant(challenge, Lifetime::session), call, reading(), at(30)));
}

TEST_CASE("the person is asked again, and told from where on they know of nothing") {
  const auto challenge = testing::challenge();
  std::vector<Grant> grants{testing::grant(challenge, Lifetime::session, "g1"),
                            testing::grant(challenge, Lifetime::session, "g2")};
  grants[0].sources = 2;
  grants[1].sources = 1;
  auto call = testing::call(challenge);
  call.entered = 4;
  const auto decision = decide(call, testing::manifest(), grants, at(30));
  REQUIRE(std::holds_alternative<Ask>(decision));
  CHECK(std::get<Ask>(decision).known == 2);
  for (auto& grant : grants)
    grant.revoked = true;
  CHECK(std::get<Ask>(decide(call, testing::manifest(), grants, at(30))).known == std::nullopt);
}

RequestPermit request_permit(std::size_t known, Lifetime lifetime = Lifetime::session) {
  const auto challenge = testing::challenge();
  auto grant = testing::grant(challenge, lifetime);
  grant.sources = known;
  auto call = testing::call(challenge);
  call.entered = known;
  auto decision = decide(call, testing::manifest(), {&grant, 1}, at(30));
  const std::array planned{testing::planned()};
  return std::get<RequestPermit>(decide_request(std::get<Allow>(decision).permit, planned[0], 0, planned,
                                                testing::manifest(), testing::connection()));
}

TEST_CASE("what enters between the decision and the dial stops the request") {
  const auto permit = request_permit(1);
  std::vector<Entered> all{entered("ada")};
  CHECK(may_dial(permit, all));
  all.push_back(entered("evil"));
  CHECK_FALSE(may_dial(permit, all));
  all.back().call = id<base::CallId>("call2");
  CHECK_FALSE(may_dial(permit, all));
}

TEST_CASE("what an answer to the very call brought in does not stop its own next request") {
  const auto permit = request_permit(1, Lifetime::once);
  std::vector<Entered> all{entered("ada"), entered("home", id<base::CallId>("call1"))};
  CHECK(may_dial(permit, all));
  all.push_back(entered("evil", id<base::CallId>("call2")));
  CHECK_FALSE(may_dial(permit, all));
}

TEST_CASE("a permit that knows of more than there is was made for another session") {
  CHECK_FALSE(may_dial(request_permit(2), std::vector{entered("ada")}));
}

TEST_CASE("a source enters once, and the first time counts") {
  auto ledger = with({{SourceKind::user, "ada"}, {SourceKind::connection, "home"}});
  const auto again = ledger.enter({SourceKind::user, "ada"}, at(99));
  REQUIRE(again.ok());
  CHECK_FALSE(*again);
  ledger.apply(Entered{{SourceKind::user, "ada"}, at(99)});
  REQUIRE(ledger.entered().size() == 2);
  CHECK(ledger.entered()[0].at == at(1));
  // One of the same name and another kind is another one.
  CHECK(*ledger.enter({SourceKind::connection, "ada"}, at(99)));
}

TEST_CASE("a session takes in so many sources and no more") {
  Ledger ledger;
  for (std::size_t i = 0; i < max_sources; ++i)
    ledger.apply(Entered{{SourceKind::host, "https://h" + std::to_string(i)}, at(1)});
  CHECK(ledger.enter({SourceKind::host, "https://one-more"}, at(1)).error().code == base::Code::too_many);
  ledger.apply(Entered{{SourceKind::host, "https://one-more"}, at(1)});
  CHECK(ledger.entered().size() == max_sources);
  CHECK(ledger.enter({SourceKind::host, "https://h7"}, at(1)).ok());
}

TEST_CASE("a grant knows of what its question named, not of what came in before the answer") {
  auto ledger = with({{SourceKind::user, "ada"}});
  auto challenge = testing::challenge();
  challenge.sources = {{SourceKind::user, "ada"}};
  ledger.apply(Asked{challenge});
  ledger.apply(Entered{{SourceKind::user, "bob"}, at(15)});
  ledger.apply(*ledger.redeem(testing::consent(challenge, Lifetime::session), "text", id<base::GrantId>("g1"), at(20)));
  REQUIRE(ledger.grants().size() == 1);
  CHECK(ledger.grants()[0].sources == 1);
  auto call = testing::call(challenge);
  call.entered = ledger.entered().size();
  CHECK_FALSE(covers(ledger.grants()[0], call, writing(), at(30)));
}

TEST_CASE("a question that does not name all that is in the session is none") {
  auto ledger = with({{SourceKind::user, "ada"}, {SourceKind::host, "https://evil.example"}});
  auto challenge = testing::challenge();
  challenge.sources = {{SourceKind::user, "ada"}};
  ledger.apply(Asked{challenge});
  CHECK(ledger.challenge(challenge.id) == nullptr);
  challenge.sources.push_back({SourceKind::host, "https://evil.example"});
  ledger.apply(Asked{challenge});
  CHECK(ledger.challenge(challenge.id) != nullptr);
}

TEST_CASE("sources survive being written, and nothing else is read as one") {
  for (const auto& fact : {entered("a"), entered("b", id<base::CallId>("call1")),
                           Entered{{SourceKind::user, "ada"}, at(3)}, Entered{{SourceKind::connection, "x"}, at(3)}}) {
    const auto back = ledger_fact_from(to_value(LedgerFact(fact)));
    REQUIRE(back.ok());
    CHECK(std::get<Entered>(*back) == fact);
  }
  using wire::Value;
  CHECK_FALSE(source_from(Value::Object{{"kind", "file"}, {"id", "x"}}).ok());
  CHECK_FALSE(source_from(Value::Object{{"kind", "user"}, {"id", ""}}).ok());
  CHECK_FALSE(sources_from(Value(Value::Array())).ok());
}

}  // namespace
}  // namespace x1::policy
