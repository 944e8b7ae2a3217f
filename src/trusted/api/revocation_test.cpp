// Limits of a yes, a no for the session, taking everything back, and the kill switch.
#include "api/revocation.hpp"

#include <algorithm>

#include "api/approve.hpp"
#include "api/deny.hpp"
#include "api/event_effects.hpp"
#include "api/kill_session.hpp"
#include "api/lift_denial.hpp"
#include "api/list_denials.hpp"
#include "api/revoke_grants.hpp"
#include "api/room_fixture.hpp"
#include "api/views.hpp"

using namespace x1;
using namespace x1::api;
using namespace x1::api::testing;
using base::Code;
using policy::Lifetime;
using policy::Limits;

namespace {

Code code_of(const auto& result) { return result.ok() ? Code::internal : result.error().code; }

// What bob's broker tells.
Event told(const Room& room, std::string_view type, wire::Value::Object payload) {
  return Event{room.talk, 0, room.clock.now(), std::string(type), "", 0, std::move(payload)};
}

policy::ConsentToken minted(Room& room, const ChallengeRecord& asked) {
  return *must(room.store->consents().consent(asked.id));
}

GrantState state_of(Room& room, const GrantRecord& grant) {
  return must(room.store->consents().grant(grant.id))->state;
}

}  // namespace

TEST_CASE("limits go into the consent, and with 'once' or nonsense there is no yes") {
  Room room;
  const auto turn = room.say(room.bob);
  const auto asked = room.asks("c1", room.bob.user, turn);
  approve::Input input{asked.id, asked.digest, Lifetime::once, {}, {}, {}, Limits{3, {}}};
  CHECK(code_of(approve::process(room.bob, input, room.services)) == Code::invalid_request);
  input.lifetime = Lifetime::session;
  for (const auto& wrong :
       {Limits{0, {}}, Limits{{}, 0}, Limits{policy::max_limit_uses + 1, {}}, Limits{1, policy::max_limit_bytes + 1}}) {
    input.limits = wrong;
    CHECK(code_of(approve::process(room.bob, input, room.services)) == Code::invalid_request);
  }
  input.limits = Limits{3, 5000};
  must(approve::process(room.bob, input, room.services));
  CHECK(minted(room, asked).limits == Limits{3, 5000});
  const auto other = room.asks("c2", room.bob.user, turn);
  must(approve::process(room.bob, {other.id, other.digest, Lifetime::session, {}, {}}, room.services));
  CHECK_FALSE(minted(room, other).limits);
}

TEST_CASE("people see that a grant for one request is spent, unless it is being taken back") {
  Room room;
  const auto asked = room.asks("c1", room.bob.user, room.say(room.bob));
  must(approve::process(room.bob, {asked.id, asked.digest, Lifetime::once, {}, {}}, room.services));
  must(apply_event(room.services, told(room, "consent.granted", {{"challenge", "c1"}, {"grant", "g1"}})));
  const auto state = [&] { return must(room.store->consents().grant(id<GrantId>("g1")))->state; };
  auto elsewhere = told(room, "grant.spent", {{"grant", "g1"}});
  elsewhere.session = room.session;
  CHECK_FALSE(apply_event(room.services, elsewhere).ok());
  CHECK(state() == GrantState::live);
  must(apply_event(room.services, told(room, "grant.spent", {{"grant", "g1"}})));
  CHECK(state() == GrantState::spent);
  must(apply_event(room.services, told(room, "grant.spent", {{"grant", "g1"}})));
  CHECK(state() == GrantState::spent);
}

TEST_CASE("people see the limits of a grant, and what its broker says was used") {
  Room room;
  const auto asked = room.asks("c1", room.bob.user, room.say(room.bob));
  must(approve::process(room.bob, {asked.id, asked.digest, Lifetime::session, {}, {}, {}, Limits{3, 5000}},
                        room.services));
  must(apply_event(room.services, told(room, "consent.granted", {{"challenge", "c1"}, {"grant", "g1"}})));
  must(apply_event(room.services, told(room, "grant.used", {{"grant", "g1"}, {"calls", 2}, {"bytes", 4000}})));
  const auto seen = view(*must(room.store->consents().grant(id<GrantId>("g1"))), room.bob.user);
  CHECK(*seen.find("limits")->find_integer("uses") == 3);
  CHECK(*seen.find("used")->find_integer("calls") == 2);
  CHECK(*seen.find("used")->find_integer("bytes") == 4000);
  CHECK_FALSE(
      apply_event(room.services, told(room, "grant.used", {{"grant", "g1"}, {"calls", -1}, {"bytes", 0}})).ok());
  CHECK_FALSE(apply_event(room.services, told(room, "grant.used", {{"grant", "g9"}, {"calls", 1}, {"bytes", 0}})).ok());
  auto elsewhere = told(room, "grant.used", {{"grant", "g1"}, {"calls", 1}, {"bytes", 0}});
  elsewhere.session = room.session;
  CHECK_FALSE(apply_event(room.services, elsewhere).ok());
}

TEST_CASE(
    "D2: a no for the session is told to the broker as one, listed when it holds, and lifted by its person alone") {
  Room room;
  const auto asked = room.asks("c1", room.bob.user, room.say(room.bob));
  must(deny::process(room.bob, {asked.id, true}, room.services));
  const auto sent = room.controls();
  REQUIRE(sent.size() == 1);
  CHECK(std::get<policy::DenyChallenge>(sent[0].action) == policy::DenyChallenge{asked.id, true});
  CHECK(must(list_denials::process(room.ada, {room.talk}, room.services)).empty());
  CHECK(code_of(lift_denial::process(room.bob, {room.talk, asked.id}, room.services)) == Code::not_found);
  for (int twice = 0; twice < 2; ++twice)
    must(apply_event(room.services, told(room, "consent.barred", {{"challenge", "c1"}})));
  const auto denials = must(list_denials::process(room.ada, {room.talk}, room.services));
  REQUIRE(denials.size() == 1);
  CHECK(denials[0].actor == room.bob.user);
  CHECK(denials[0].scope == "calendar.read");
  CHECK(code_of(list_denials::process(room.cy, {room.talk}, room.services)) == Code::not_found);
  CHECK(code_of(lift_denial::process(room.ada, {room.talk, asked.id}, room.services)) == Code::forbidden);
  CHECK(code_of(lift_denial::process(room.ada, {room.session, asked.id}, room.services)) == Code::not_found);
  must(lift_denial::process(room.bob, {room.talk, asked.id}, room.services));
  const auto lifted = room.controls();
  REQUIRE(lifted.size() == 1);
  CHECK(std::get<policy::LiftDenial>(lifted[0].action).challenge == asked.id);
  must(apply_event(room.services, told(room, "consent.lifted", {{"challenge", "c1"}})));
  CHECK(must(list_denials::process(room.bob, {room.talk}, room.services)).empty());
}

TEST_CASE("D2: everybody takes back their own; somebody else's, or everybody's, only the owner of the session") {
  Room room;
  const auto turn = room.say(room.bob);
  const auto his = room.grant("g1", room.asks("c1", room.bob.user, turn));
  const auto hers = room.grant("g2", room.asks("c2", room.ada.user, turn));
  const revoke_grants::Input of_ada{room.talk, {}, room.ada.user};
  const revoke_grants::Input of_all{room.talk, {}, {}, true};
  CHECK(code_of(revoke_grants::process(room.bob, of_ada, room.services)) == Code::forbidden);
  CHECK(code_of(revoke_grants::process(room.bob, of_all, room.services)) == Code::forbidden);
  CHECK(code_of(revoke_grants::process(room.cy, {room.talk}, room.services)) == Code::not_found);
  CHECK(room.controls().empty());
  CHECK(must(revoke_grants::process(room.bob, {room.talk, "files.read"}, room.services)).grants == 0);
  CHECK(must(revoke_grants::process(room.bob, {room.talk, "calendar.read"}, room.services)).grants == 1);
  CHECK(state_of(room, his) == GrantState::revoking);
  CHECK(state_of(room, hers) == GrantState::live);
  const auto sent = room.controls();
  REQUIRE(sent.size() == 2);
  CHECK(std::get<policy::RevokeGrants>(sent[1].action) ==
        policy::RevokeGrants{std::nullopt, "calendar.read", room.bob.user});
  CHECK(code_of(revoke_grants::process(room.ada, {room.talk, {}, room.bob.user, true}, room.services)) ==
        Code::invalid_request);
  CHECK(must(revoke_grants::process(room.ada, of_all, room.services)).grants == 1);
  CHECK(state_of(room, hers) == GrantState::revoking);
  CHECK(std::get<policy::RevokeGrants>(room.controls().at(0).action) == policy::RevokeGrants{});
}

TEST_CASE("D2: a viewer takes nothing back, not even of their own name") {
  Room room(Role::viewer);
  CHECK(code_of(revoke_grants::process(room.bob, {room.talk}, room.services)) == Code::forbidden);
  CHECK(code_of(kill_session::process(room.bob, {room.talk}, room.services)) == Code::forbidden);
  CHECK(room.launcher.killed.empty());
}

TEST_CASE("D2: all of one person's, in every session that goes on, leaves everybody else's") {
  Room room;
  const auto turn = room.say(room.bob);
  const auto his = room.grant("g1", room.asks("c1", room.bob.user, turn));
  const auto hers = room.grant("g2", room.asks("c2", room.ada.user, turn));
  CHECK(must(revoke_own_grants::process(room.ada, {}, room.services)).grants == 1);
  CHECK(state_of(room, his) == GrantState::live);
  CHECK(state_of(room, hers) == GrantState::revoking);
  std::size_t sessions = 0;
  for (const auto& session : must(room.store->outbox().waiting())) {
    ++sessions;
    const std::vector keys{room.key.public_key()};
    const auto message = must(room.store->outbox().oldest(session));
    const auto control = must(policy::verify_control(message->token, keys, room.clock.now()));
    CHECK(std::get<policy::RevokeGrants>(control.action).actor == room.ada.user);
  }
  CHECK(sessions == 2);
}

TEST_CASE("D2: a yes that was on its way when all was taken back shows as one that nobody took") {
  Room room;
  const auto asked = room.asks("c1", room.bob.user, room.say(room.bob));
  must(approve::process(room.bob, {asked.id, asked.digest, Lifetime::session, {}, {}}, room.services));
  must(revoke_grants::process(room.bob, {room.talk}, room.services));
  must(apply_event(room.services, told(room, "consent.denied", {{"challenge", "c1"}})));
  CHECK(must(room.store->consents().challenge(asked.id))->state == ChallengeState::refused);
  must(apply_event(room.services, told(room, "consent.denied", {{"challenge", "c1"}})));
}

TEST_CASE("the kill switch: a participant ends turn, queue and grants, and the supervisor is told not to wait") {
  Room room;
  const auto open = room.say(room.ada);
  must(room.store->turns().open(room.talk, open, room.clock.now()));
  const auto queued = room.say(room.bob);
  const auto grant = room.grant("g1", room.asks("c1", room.ada.user, open));
  const auto rows = room.platform_rows();
  CHECK(code_of(kill_session::process(room.cy, {room.talk}, room.services)) == Code::not_found);
  must(kill_session::process(room.bob, {room.talk}, room.services));
  CHECK(room.launcher.killed == std::vector<std::string>{"s2"});
  CHECK(must(room.store->turns().find(room.talk, queued))->state == TurnState::closed);
  CHECK(state_of(room, grant) == GrantState::revoking);
  CHECK(room.platform_rows() == rows + 2);
  const auto sent = room.controls();
  REQUIRE(sent.size() == 2);
  CHECK(std::get<policy::CancelTurn>(sent[0].action).turn == base::TurnNumber(open));
  CHECK(std::get<policy::RevokeGrants>(sent[1].action) == policy::RevokeGrants{});
  const auto types = room.event_types();
  CHECK(std::ranges::find(types, "session.killed") != types.end());
  must(took(room.services, seam::launch::SessionEnded{"s2", "killed"}));
  CHECK(state_of(room, grant) == GrantState::revoked);
  CHECK(must(room.store->turns().find(room.talk, open))->state == TurnState::closed);
  CHECK(code_of(kill_session::process(room.bob, {room.talk}, room.services)) == Code::conflict);
}

TEST_CASE("what a kill takes away stays away when there is no supervisor") {
  Room room;
  const auto queued = room.say(room.bob);
  const auto grant = room.grant("g1", room.asks("c1", room.bob.user, queued));
  room.launcher.there = false;
  CHECK(code_of(kill_session::process(room.ada, {room.talk}, room.services)) == Code::unavailable);
  CHECK(must(room.store->turns().find(room.talk, queued))->state == TurnState::closed);
  CHECK(state_of(room, grant) == GrantState::revoking);
}
