// An API that is started again under running sessions: what is stored against what runs, in both directions.
#include <doctest/doctest.h>

#include "api/approve.hpp"
#include "api/desk_fixture.hpp"
#include "api/kill_session.hpp"
#include "api/turn_flow.hpp"
#include "wire/json.hpp"

using namespace x1;
using namespace x1::api;
using namespace x1::api::testing;
namespace launch = seam::launch;

namespace {

launch::Running running(const Desk& desk) { return {{{desk.session.text(), crypto::to_text(desk.boot.public_key())}}}; }

SessionState state(Desk& desk, const SessionId& session) { return must(desk.store->sessions().find(session))->state; }

SessionId add_session(Desk& desk, std::string_view name, SessionState state) {
  must(
      desk.store->sessions().add({id<SessionId>(name), desk.ada.user, state, {}, "", false, "", "", desk.clock.now()}));
  return id<SessionId>(name);
}

}  // namespace

TEST_CASE("D5: a session that runs goes on, with its open turn, its question and what was agreed to on the way") {
  Desk desk;
  const auto waiting = desk.asked("c1", desk.ada.user);
  const auto agreed = desk.asked("c2", desk.ada.user);
  must(approve::process(desk.ada, {agreed.id, agreed.digest, policy::Lifetime::once, std::nullopt}, desk.services));
  const auto rows = desk.platform_rows();
  must(took(desk.services, running(desk)));
  CHECK(state(desk, desk.session) == SessionState::running);
  CHECK(must(desk.store->turns().open_one(desk.session))->number == 1);
  CHECK(must(desk.store->consents().challenge(waiting.id))->state == ChallengeState::pending);
  CHECK(must(desk.store->outbox().waiting()) == std::vector{desk.session});
  CHECK(desk.platform_rows() == rows);
  // Its broker asks once more, and gets the turn that it is in from no one twice.
  CHECK_FALSE(must(next_turn(desk.services, desk.session, {crypto::to_text(desk.boot.public_key()), 1})));
}

TEST_CASE("a session that does not run any more is over, and what it left open with it") {
  Desk desk;
  const auto waiting = desk.asked("c1", desk.ada.user);
  const auto starting = add_session(desk, "s2", SessionState::starting);
  const auto untouched = add_session(desk, "s3", SessionState::created);
  must(took(desk.services, launch::Running{}));
  CHECK(state(desk, desk.session) == SessionState::ended);
  CHECK(must(desk.store->sessions().find(desk.session))->reason == "the platform was restarted");
  CHECK(state(desk, starting) == SessionState::ended);
  CHECK(state(desk, untouched) == SessionState::created);
  CHECK_FALSE(must(desk.store->turns().open_one(desk.session)));
  CHECK(must(desk.store->consents().challenge(waiting.id))->state != ChallengeState::granted);
}

TEST_CASE("D5: a session in which a yes for once was used ends like any other, also at a restart") {
  for (const bool at_restart : {false, true}) {
    Desk desk;
    const auto asked = desk.asked("c1", desk.ada.user);
    const auto grant = id<GrantId>("g1");
    auto& consents = desk.store->consents();
    must(consents.add_grant({grant, desk.session, asked.id, desk.ada.user, asked.scope, asked.connection,
                             policy::Lifetime::once, std::nullopt, GrantState::live, desk.clock.now()}));
    must(consents.set_state(grant, GrantState::spent));
    must(at_restart ? took(desk.services, launch::Running{})
                    : took(desk.services, launch::SessionEnded{desk.session.text(), "stopped"}));
    CHECK(state(desk, desk.session) == SessionState::ended);
    CHECK(must(consents.grant(grant))->state == GrantState::spent);
  }
}

TEST_CASE("a session that runs and is not ours to run is stopped") {
  Desk desk;
  const auto over = add_session(desk, "s2", SessionState::ended);
  const auto unwritten = add_session(desk, "s3", SessionState::created);
  const auto key = crypto::to_text(desk.boot.public_key());
  auto all = running(desk);
  for (const auto* other : {"s2", "s3", "s4"})
    all.sessions.push_back({other, key});
  must(took(desk.services, all));
  CHECK(desk.launcher.stopped == std::vector<std::string>{"s2", "s3", "s4"});
  CHECK(state(desk, over) == SessionState::ended);
  CHECK(state(desk, unwritten) == SessionState::created);
  CHECK(state(desk, desk.session) == SessionState::running);
}

TEST_CASE("D2: a session that was killed is ended, wherever the API or the supervisor went away in between") {
  const auto key = crypto::to_text(crypto::SigningKey::generate().value().public_key());
  const auto all = [&](const Desk& desk) { return launch::Running{{{"s2", key}, running(desk).sessions[0]}}; };
  for (const auto at : {SessionState::starting, SessionState::running}) {
    Desk desk;
    const auto killed = add_session(desk, "s2", at);
    desk.launcher.there = false;
    CHECK_FALSE(kill_session::process(desk.ada, {killed}, desk.services).ok());
    desk.launcher.there = true;
    must(took(desk.services, all(desk)));
    must(took(desk.services, launch::SessionStarted{"s2", key}));
    must(took(desk.services, launch::SidecarLost{"s2", "x1-gate"}));
    CHECK(desk.launcher.killed == std::vector<std::string>{"s2", "s2", "s2"});
    CHECK(desk.launcher.resumed.empty());
    must(took(desk.services, running(desk)));
    CHECK(state(desk, killed) == SessionState::ended);
    CHECK(must(desk.store->sessions().find(killed))->reason == "killed");
    CHECK(state(desk, desk.session) == SessionState::running);
  }
}

TEST_CASE("a session whose start was under way goes on starting, or has started meanwhile") {
  Desk desk;
  const auto under_way = add_session(desk, "s2", SessionState::starting);
  const auto booted = add_session(desk, "s3", SessionState::starting);
  const auto key = crypto::to_text(must(crypto::SigningKey::generate()).public_key());
  auto all = running(desk);
  all.sessions.push_back({"s2", ""});
  all.sessions.push_back({"s3", key});
  must(took(desk.services, all));
  CHECK(state(desk, under_way) == SessionState::starting);
  CHECK(state(desk, booted) == SessionState::running);
  CHECK(must(desk.store->sessions().find(booted))->boot_key == key);
  CHECK(must(desk.store->sessions().boot_keys(booted)) == std::vector{key});
}

TEST_CASE("what a supervisor tells twice counts once") {
  Desk desk;
  const auto rows = desk.platform_rows();
  must(took(desk.services, launch::SessionStarted{desk.session.text(), crypto::to_text(desk.boot.public_key())}));
  CHECK(desk.platform_rows() == rows);
  must(took(desk.services, launch::SessionEnded{desk.session.text(), "stopped"}));
  must(took(desk.services, launch::SessionEnded{desk.session.text(), "stopped"}));
  CHECK(desk.platform_rows() == rows + 1);
  CHECK(must(desk.store->sessions().find(desk.session))->reason == "stopped");
}

TEST_CASE("D5: a sidecar that was lost is followed by another, which gets the open turn under its own key") {
  Desk desk;
  const auto waiting = desk.asked("c1", desk.ada.user);
  must(took(desk.services, launch::SidecarLost{desk.session.text(), "x1-gate"}));
  CHECK(desk.launcher.resumed == std::vector<std::string>{"s1 with creds of s1"});
  CHECK(state(desk, desk.session) == SessionState::running);
  const auto next = crypto::to_text(must(crypto::SigningKey::generate()).public_key());
  must(took(desk.services, launch::SessionStarted{desk.session.text(), next}));
  CHECK(state(desk, desk.session) == SessionState::running);
  CHECK(must(desk.store->sessions().boot_keys(desk.session)).size() == 2);
  CHECK(must(next_turn(desk.services, desk.session, {next, 0})));
  CHECK_FALSE(next_turn(desk.services, desk.session, {crypto::to_text(desk.boot.public_key()), 0}).ok());
  CHECK(must(desk.store->consents().challenge(waiting.id))->state == ChallengeState::pending);
}

TEST_CASE("D5: a provider that was lost is followed by another with a bus identity of its own, and people are told") {
  Desk desk;
  const auto waiting = desk.asked("c1", desk.ada.user);
  const auto rows = desk.platform_rows();
  must(took(desk.services, launch::ProviderLost{desk.session.text(), "calendar", "x1-relay"}));
  CHECK(desk.launcher.resumed == std::vector<std::string>{"s1.calendar with creds of s1.calendar"});
  CHECK(desk.platform_rows() == rows + 1);
  const auto told = must(desk.store->journal().events(desk.session, 0, 100)).back();
  CHECK(told.type == "session.provider_lost");
  CHECK(told.turn == 0);
  CHECK(wire::canonical_json(told.payload) == R"({"part":"x1-relay","provider":"calendar"})");
  CHECK(state(desk, desk.session) == SessionState::running);
  CHECK(must(desk.store->consents().challenge(waiting.id))->state == ChallengeState::pending);
}

TEST_CASE("no part of a session that is over, or to be, is followed by another") {
  for (const bool killed : {false, true}) {
    Desk desk;
    if (killed) {
      desk.launcher.there = false;
      CHECK_FALSE(kill_session::process(desk.ada, {desk.session}, desk.services).ok());
      desk.launcher.there = true;
    } else {
      must(took(desk.services, launch::SessionEnded{desk.session.text(), "stopped"}));
    }
    must(took(desk.services, launch::SidecarLost{desk.session.text(), "x1-gate"}));
    must(took(desk.services, launch::ProviderLost{desk.session.text(), "calendar", "x1-relay"}));
    CHECK(desk.launcher.resumed.empty());
    CHECK((killed ? desk.launcher.killed : desk.launcher.stopped) == std::vector<std::string>{"s1", "s1"});
  }
}
