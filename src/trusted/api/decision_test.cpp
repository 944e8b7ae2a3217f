#include "api/decision.hpp"

#include "api/approve.hpp"
#include "api/close_turn.hpp"
#include "api/delete_connection.hpp"
#include "api/deny.hpp"
#include "api/desk_fixture.hpp"
#include "api/revoke_grant.hpp"
#include "api/use_connection.hpp"

using namespace x1;
using namespace x1::api;
using namespace x1::api::testing;
using base::Code;
using policy::Lifetime;

namespace {

approve::Input yes(const ChallengeRecord& asked) { return {asked.id, asked.digest, Lifetime::once, std::nullopt}; }

}  // namespace

TEST_CASE("the person who is asked says yes once, and one consent is on its way") {
  Desk desk;
  const auto asked = desk.asked("c1", desk.ada.user);
  const auto rows = desk.platform_rows();
  CHECK(must(approve::process(desk.ada, yes(asked), desk.services)).state == ChallengeState::approved);
  // Found out before anything is written: the database would refuse it, too.
  CHECK(approve::process(desk.ada, yes(asked), desk.services).error().message == "This question is answered already.");
  CHECK(desk.platform_rows() == rows + 1);
  CHECK(desk.announcer.controls == 1);
  const auto message = must(desk.store->outbox().oldest(desk.session));
  REQUIRE(message);
  const std::vector keys{desk.key.public_key()};
  const auto token = must(policy::verify_consent(message->token, keys, desk.clock.now()));
  CHECK(policy::answers(token, desk.question("c1", desk.ada.user), desk.clock.now()).ok());
}

TEST_CASE("nobody says yes or no for another") {
  Desk desk;
  const auto hers = desk.asked("c1", desk.ada.user);
  CHECK(approve::process(desk.bob, yes(hers), desk.services).error().code == Code::not_found);
  CHECK(deny::process(desk.bob, {hers.id}, desk.services).error().code == Code::not_found);
  // In her own session, what was asked of somebody else is seen, and still not hers to answer.
  const auto his = desk.asked("c2", desk.bob.user);
  CHECK(approve::process(desk.ada, yes(his), desk.services).error().code == Code::forbidden);
  CHECK(deny::process(desk.ada, {his.id}, desk.services).error().code == Code::forbidden);
  CHECK_FALSE(must(desk.store->outbox().oldest(desk.session)));
}

TEST_CASE("a yes to something else than what was asked is none") {
  Desk desk;
  auto input = yes(desk.asked("c1", desk.ada.user));
  input.digest = crypto::sha256("another request");
  CHECK(approve::process(desk.ada, input, desk.services).error().code == Code::conflict);
  CHECK(must(desk.store->consents().challenge(input.challenge))->state == ChallengeState::pending);
}

TEST_CASE("what a session asked that is over can't be answered any more") {
  for (const auto state : {SessionState::ended, SessionState::failed}) {
    Desk desk;
    const auto asked = desk.asked("c1", desk.ada.user);
    const auto rows = desk.platform_rows();
    must(desk.store->sessions().set_state(desk.session, state, "stopped"));
    CHECK(approve::process(desk.ada, yes(asked), desk.services).error().code == Code::conflict);
    CHECK(deny::process(desk.ada, {asked.id}, desk.services).error().code == Code::conflict);
    CHECK_FALSE(must(desk.store->outbox().oldest(desk.session)));
    CHECK(desk.platform_rows() == rows);
  }
}

TEST_CASE("an expired question can't be answered any more") {
  Desk desk;
  const auto asked = desk.asked("c1", desk.ada.user);
  desk.clock.advance(std::chrono::minutes(5));
  CHECK(approve::process(desk.ada, yes(asked), desk.services).error().code == Code::expired);
  CHECK(deny::process(desk.ada, {asked.id}, desk.services).error().code == Code::expired);
}

TEST_CASE("a time goes with the lifetime 'until', and lies within 30 days") {
  Desk desk;
  auto input = yes(desk.asked("c1", desk.ada.user));
  const auto now = desk.clock.now();
  input.until = now + std::chrono::hours(1);
  CHECK_FALSE(approve::process(desk.ada, input, desk.services).ok());
  input.lifetime = Lifetime::until;
  for (const auto wrong : {now, now - std::chrono::hours(1), now + std::chrono::hours(24 * 31)}) {
    input.until = wrong;
    CHECK(approve::process(desk.ada, input, desk.services).error().code == Code::invalid_request);
  }
  input.until = now + std::chrono::hours(1);
  CHECK(approve::process(desk.ada, input, desk.services).ok());
}

TEST_CASE("after a no there is no yes") {
  Desk desk;
  const auto asked = desk.asked("c1", desk.ada.user);
  CHECK(must(deny::process(desk.ada, {asked.id}, desk.services)).state == ChallengeState::denied);
  CHECK(approve::process(desk.ada, yes(asked), desk.services).error().code == Code::conflict);
}

namespace {

// A question about an account of two, whose parts can be chosen.
ChallengeRecord with_choices(Desk& desk) {
  auto asked = desk.asked("c1", desk.ada.user);
  auto it = must(policy::challenge_from(*asked.asked.find("challenge")));
  it.id = id<ChallengeId>("c2");
  it.base_path = "/ada/";
  it.choices.accounts = {{desk.connection, "https://a/"},
                         {id<ConnectionId>("second"), "https://b/"},
                         {id<ConnectionId>("gone"), "https://c/"}};
  asked.id = it.id;
  asked.asked = wire::Value::Object{{"challenge", policy::to_value(it)}};
  must(desk.store->consents().add_challenge(asked));
  must(desk.store->connections().add(
      {id<ConnectionId>("second"), desk.ada.user, "caldav", "https://b/", "ada", desk.clock.now()}));
  return asked;
}

}  // namespace

TEST_CASE("a yes is for a part of the account, for longer than once") {
  Desk desk;
  auto input = yes(with_choices(desk));
  input.within = "/ada/work/";
  CHECK(approve::process(desk.ada, input, desk.services).error().code == Code::invalid_request);
  input.lifetime = Lifetime::session;
  for (const auto* wrong : {"/bob/", "/ada/work", "/ada/../bob/", ""}) {
    input.within = wrong;
    CHECK(approve::process(desk.ada, input, desk.services).error().code == Code::invalid_request);
  }
  input.within = "/ada/work/";
  CHECK(approve::process(desk.ada, input, desk.services).ok());
  CHECK(must(desk.store->consents().consent(input.challenge))->within == "/ada/work/");
}

TEST_CASE("a person has it asked about another account of theirs that the question offers") {
  Desk desk;
  const auto asked = with_choices(desk);
  const auto use = [&](const Caller& who, std::string_view account) {
    return use_connection::process(who, {asked.id, id<ConnectionId>(account)}, desk.services);
  };
  CHECK(use(desk.ada, "bobs").error().code == Code::invalid_request);
  CHECK(use(desk.ada, "gone").error().code == Code::conflict);
  CHECK(use(desk.bob, "second").error().code == Code::not_found);
  CHECK(must(use(desk.ada, "second")).state == ChallengeState::denied);
  CHECK(use(desk.ada, "second").error().code == Code::conflict);
  const auto sent = must(desk.store->outbox().oldest(desk.session));
  REQUIRE(sent);
  const std::vector keys{desk.key.public_key()};
  const auto control = must(policy::verify_control(sent->token, keys, desk.clock.now()));
  CHECK(std::get<policy::DenyChallenge>(control.action).instead == id<ConnectionId>("second"));
}

namespace {

void forget(Desk& desk, const Caller& who) {
  delete_connection::process(who, {desk.connection}, desk.services,
                             [](const base::Result<base::Done>& done) { must(done); });
}

GrantRecord given(Desk& desk, const ChallengeRecord& asked, std::string_view name) {
  const GrantRecord grant{id<GrantId>(name), asked.session,     asked.id,     asked.actor,      asked.scope,
                          asked.connection,  Lifetime::session, std::nullopt, GrantState::live, desk.clock.now()};
  must(desk.store->consents().set_state(asked.id, ChallengeState::granted));
  must(desk.store->consents().add_grant(grant));
  return grant;
}

std::vector<policy::Control> controls(Desk& desk) {
  std::vector<policy::Control> all;
  const std::vector keys{desk.key.public_key()};
  while (const auto message = must(desk.store->outbox().oldest(desk.session))) {
    all.push_back(must(policy::verify_control(message->token, keys, desk.clock.now())));
    must(desk.store->outbox().done(message->id, "ok"));
  }
  return all;
}

}  // namespace

TEST_CASE("D2: forgetting a connection takes back every grant on it, and its questions can't be answered any more") {
  Desk desk;
  const auto answered = desk.asked("c1", desk.ada.user);
  const auto grant = given(desk, answered, "g1");
  const auto waiting = desk.asked("c2", desk.ada.user);
  const auto announced = desk.announcer.controls;
  forget(desk, desk.ada);
  CHECK(desk.vault.forgotten == std::vector<std::string>{"calendar of ada"});
  CHECK(desk.announcer.controls > announced);
  CHECK(must(desk.store->consents().grant(grant.id))->state == GrantState::revoking);
  CHECK(must(desk.store->consents().challenge(waiting.id))->state == ChallengeState::denied);
  CHECK(approve::process(desk.ada, yes(waiting), desk.services).error().code == Code::conflict);
  const auto sent = controls(desk);
  REQUIRE(sent.size() == 2);
  CHECK(std::get<policy::RevokeGrants>(sent[0].action).grant == grant.id);
  CHECK(std::get<policy::DenyChallenge>(sent[1].action).challenge == waiting.id);
}

TEST_CASE("a connection that can't be removed keeps its grants: all of it happens, or nothing") {
  Desk desk;
  const auto grant = given(desk, desk.asked("c1", desk.ada.user), "g1");
  desk.vault.refusal = base::Error{Code::unavailable, "The vault is not there.", ""};
  std::optional<Code> code;
  delete_connection::process(desk.ada, {desk.connection}, desk.services,
                             [&](const base::Result<base::Done>& done) { code = done.error().code; });
  CHECK(code == Code::unavailable);
  CHECK(must(desk.store->consents().grant(grant.id))->state == GrantState::live);
  CHECK(must(desk.store->connections().find(desk.connection)));
  CHECK(controls(desk).empty());
}

TEST_CASE("a question about a connection that is gone can't be approved") {
  Desk desk;
  const auto waiting = desk.asked("c1", desk.ada.user);
  must(desk.store->connections().remove(desk.connection));
  CHECK(approve::process(desk.ada, yes(waiting), desk.services).error().code == Code::conflict);
}

TEST_CASE("a grant is revoked by the one who gave it") {
  Desk desk;
  const auto asked = desk.asked("c1", desk.ada.user);
  const auto grant = id<GrantId>("g1");
  must(desk.store->consents().add_grant({grant, desk.session, asked.id, desk.ada.user, "calendar.read", desk.connection,
                                         Lifetime::session, std::nullopt, GrantState::live, desk.clock.now()}));
  CHECK(revoke_grant::process(desk.bob, {desk.session, grant}, desk.services).error().code == Code::not_found);
  CHECK(must(revoke_grant::process(desk.ada, {desk.session, grant}, desk.services)).state == GrantState::revoking);
  CHECK(revoke_grant::process(desk.ada, {desk.session, grant}, desk.services).error().code == Code::conflict);
}

TEST_CASE("what was denied is not denied again") {
  Desk desk;
  const auto asked = desk.asked("c1", desk.ada.user);
  must(deny::process(desk.ada, {asked.id}, desk.services));
  CHECK(deny::process(desk.ada, {asked.id}, desk.services).error().message == "This question is answered already.");
  CHECK(desk.announcer.controls == 1);
}

TEST_CASE("a turn is closed once") {
  Desk desk;
  const auto number = must(desk.store->turns().queue(desk.session, desk.ada.user, "go on", desk.clock.now()));
  CHECK(must(close_turn::process(desk.ada, {desk.session, number}, desk.services)).state == TurnState::closed);
  CHECK(close_turn::process(desk.ada, {desk.session, number}, desk.services).error().code == Code::conflict);
}
