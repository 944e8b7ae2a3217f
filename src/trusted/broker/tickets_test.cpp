#include "broker/tickets.hpp"

#include "broker/call_rig.hpp"

using namespace x1;
using namespace x1::broker;
using namespace x1::broker::testing;

namespace {

// A question of ada's third turn, as an agent that does not wait leaves it.
struct Asked : CallRig {
  explicit Asked(bool two_accounts = false) {
    if (two_accounts) accounts.push_back(account("work", "/ada/work/"));
    auto asking = call("calendar_list_events", Purpose::permission, false);
    feed(asking, Begin{});
    wants(asking, {report()});
    answered = feed(asking, AskedDurably{});
    REQUIRE(asking.finished());
  }
  CallActions answered;
  [[nodiscard]] base::Result<wire::Value> look(const Turn& at, std::string_view ticket) const {
    const auto known = look_at_ticket(ledger, at, ticket, clock.now());
    if (!known.ok()) return known.error();
    return told_of_ticket(*known, false);
  }
  [[nodiscard]] std::string status(const Turn& at, std::string_view ticket) const {
    const auto told = look(at, ticket);
    return told.ok() ? *told->find_string("status") : std::string(base::to_string(told.error().code));
  }
  [[nodiscard]] std::string ticket() const { return *find<Reply>(answered)->result.find_string("ticket"); }
};

}  // namespace

TEST_CASE("who does not wait is answered at once, with a ticket that tells how the question stands") {
  Asked rig;
  CHECK(status_of(rig.answered) == "pending");
  CHECK(rig.status(*rig.turn(), rig.ticket()) == "pending");
  CHECK(*rig.look(*rig.turn(), rig.ticket())->find_string("ticket") == rig.ticket());
  rig.consent(rig.last_asked()->id, policy::Lifetime::session);
  CHECK(rig.status(*rig.turn(), rig.ticket()) == "granted");
}

TEST_CASE("a ticket tells of a no, of the end of its time, and that nobody could be asked") {
  Asked denied;
  const auto id = denied.last_asked()->id;
  denied.ledger.apply(denied.ledger.deny(id, denied.clock.now()).value());
  CHECK(denied.status(*denied.turn(), denied.ticket()) == "denied");
  Asked expired;
  expired.clock.advance(challenge_life);
  CHECK(expired.status(*expired.turn(), expired.ticket()) == "expired");
  Asked withdrawn;
  withdrawn.ledger.apply(withdrawn.ledger.withdraw(withdrawn.last_asked()->id, withdrawn.clock.now()).value());
  CHECK(withdrawn.status(*withdrawn.turn(), withdrawn.ticket()) == "not_allowed");
}

TEST_CASE("D2: a ticket tells of the wish for another account, and asking again asks about that one") {
  Asked rig(true);
  const auto id = rig.last_asked()->id;
  rig.ledger.apply(rig.ledger.deny(id, rig.clock.now(), examples::id<base::ConnectionId>("work")).value());
  const auto told = rig.look(*rig.turn(), rig.ticket());
  CHECK(*told->find_string("status") == "denied");
  CHECK(told->find_string("next")->find("another of their accounts") != std::string::npos);
  auto again = rig.call("calendar_list_events", Purpose::permission, false);
  CHECK(again.what().connection->id.text() == "work");
}

TEST_CASE("D2: a ticket is good in its session, person and turn, and elsewhere it never was") {
  Asked rig;
  CHECK(rig.status(*rig.turn("bob"), rig.ticket()) == "not_found");
  CHECK(rig.status(*rig.turn("ada", 4), rig.ticket()) == "not_found");
  auto elsewhere = *rig.turn();
  elsewhere.certificate.session = examples::id<base::SessionId>("s2");
  CHECK(rig.status(elsewhere, rig.ticket()) == "not_found");
  for (const auto* wrong : {"", "nothing", "C1 ", "../c1", "granted"})
    CHECK(rig.look(*rig.turn(), wrong).error() == rig.look(*rig.turn("bob"), rig.ticket()).error());
}

TEST_CASE("a ticket names nothing but itself and how it stands") {
  Asked rig;
  for (const auto granted : {false, true}) {
    if (granted) rig.consent(rig.last_asked()->id, policy::Lifetime::session);
    const auto told = rig.look(*rig.turn(), rig.ticket());
    for (const auto& [name, value] : *told->object()) {
      const bool known = name == "status" || name == "ticket" || name == "next";
      CHECK_MESSAGE(known, name);
    }
  }
}

TEST_CASE("a yes to what a tool reads first says that there is more to ask") {
  Asked rig;
  rig.consent(rig.last_asked()->id, policy::Lifetime::session);
  const auto known = look_at_ticket(rig.ledger, *rig.turn(), rig.ticket(), rig.clock.now());
  REQUIRE(known.ok());
  CHECK(told_of_ticket(*known, true)->find_string("next") != nullptr);
  CHECK(told_of_ticket(*known, false)->find_string("next") == nullptr);
}
