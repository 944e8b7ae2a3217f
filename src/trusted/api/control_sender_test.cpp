// The controls that are sent to brokers, until they are acknowledged or nobody is there any more.
#include "api/control_sender.hpp"
#include "api/approve.hpp"
#include "api/close_turn.hpp"
#include "api/controls.hpp"
#include "api/desk_fixture.hpp"
#include "api/reports_fixture.hpp"
#include "api/revoke_grant.hpp"

using namespace x1;
using namespace x1::api;
using namespace x1::api::testing;
using base::Code;
using wire::Value;

TEST_CASE("a control is sent until it is acknowledged, and the next one after it") {
  Desk desk;
  std::vector<std::pair<std::string, Then<std::string>>> asked;
  ControlSender sender(desk.services, [&](const std::string& subject, const std::string&, Then<std::string> then) {
    asked.emplace_back(subject, std::move(then));
  });
  must(add_control(desk.services, desk.session, desk.ada.user, policy::CancelTurn{base::TurnNumber{1}}));
  must(add_control(desk.services, desk.session, desk.ada.user, policy::EndSession{}));
  sender.send(desk.session);
  sender.send(desk.session);
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].first == "x1.session.s1.control");
  asked[0].second(base::Error{Code::timed_out, "Nobody.", ""});
  CHECK(asked.size() == 1);
  sender.retry();
  REQUIRE(asked.size() == 2);
  const auto then = asked[1].second;
  then(std::string("ok"));
  REQUIRE(asked.size() == 3);
  const auto last = asked[2].second;
  last(std::string("error conflict Nothing to end."));
  CHECK(must(desk.store->outbox().waiting()).empty());
}

TEST_CASE("a revocation outlives a clock that steps back: only a definite refusal settles it") {
  Desk desk;
  std::vector<Then<std::string>> asked;
  ControlSender sender(desk.services, [&](const std::string&, const std::string&, Then<std::string> then) {
    asked.push_back(std::move(then));
  });
  const auto answer = [&](const std::string& text) {
    const auto then = asked.back();
    then(text);
  };
  must(add_control(desk.services, desk.session, desk.ada.user, policy::RevokeGrants{}));
  sender.send(desk.session);
  base::Duration pause = std::chrono::seconds(2);
  for (const auto* refusal : {"error clock_skew The control comes from the future.", "error storage_failed Disk full.",
                              "error unavailable", "error a_new_code x", "nonsense"}) {
    const auto before = asked.size();
    answer(refusal);
    CHECK(must(desk.store->outbox().waiting()).size() == 1);
    desk.clock.advance(pause - std::chrono::milliseconds(1));
    sender.retry();
    CHECK(asked.size() == before);
    desk.clock.advance(std::chrono::milliseconds(1));
    sender.retry();
    CHECK(asked.size() == before + 1);
    pause = std::min<base::Duration>(pause * 2, std::chrono::minutes(1));
  }
  answer("error clock_skew x");
  desk.clock.advance(-std::chrono::hours(5));  // and the API's own clock steps back, too
  const auto before = asked.size();
  sender.retry();
  CHECK(asked.size() == before + 1);
  answer("ok");
  CHECK(must(desk.store->outbox().waiting()).empty());
}

namespace {

// What was sent, as the actions of its controls, each answered at once by what `answer` says of it.
struct Sent {
  explicit Sent(Desk& world) : desk(world) {}
  void send(const std::string& token, const Then<std::string>& then) {
    const std::vector keys{desk.key.public_key()};
    const auto control = must(policy::verify_control(token, keys, desk.clock.now() + std::chrono::hours(24)));
    const bool is_answer = std::holds_alternative<policy::AnswerQuestion>(control.action);
    actions += is_answer ? "answer " : "revoke ";
    then(is_answer ? answers : std::string("ok"));
  }
  Desk& desk;
  std::string actions;
  std::string answers = "error clock_skew The control comes from the future.";
  ControlSender sender{desk.services, [this](const std::string&, const std::string& token,
                                             const Then<std::string>& then) { send(token, then); }};
};

}  // namespace

TEST_CASE("D2: a revocation overtakes what its broker can't take now, also while that waits to be sent again") {
  Desk desk;
  Sent sent(desk);
  const auto add = [&](policy::ControlAction action) {
    must(add_control(desk.services, desk.session, desk.ada.user, std::move(action)));
    sent.sender.send(desk.session);
  };
  must(add_control(desk.services, desk.session, desk.ada.user, policy::AnswerQuestion{"q1", "Yes."}));
  add(policy::RevokeGrants{});
  CHECK(sent.actions == "answer revoke ");
  add(policy::RevokeGrants{});
  CHECK(sent.actions == "answer revoke revoke ");
  // The words that waited have not been forgotten, nor has how long they wait.
  desk.clock.advance(std::chrono::seconds(2));
  sent.sender.retry();
  CHECK(sent.actions == "answer revoke revoke answer ");
  sent.sender.retry();
  CHECK(sent.actions == "answer revoke revoke answer ");
  sent.answers = "ok";
  desk.clock.advance(std::chrono::seconds(4));
  sent.sender.retry();
  CHECK(must(desk.store->outbox().waiting()).empty());
}

TEST_CASE("a session that is over has nothing left to be sent, and no grant that is not revoked") {
  Desk desk;
  const auto asked = desk.asked("c1", desk.ada.user);
  must(approve::process(desk.ada, {asked.id, asked.digest, policy::Lifetime::session, std::nullopt}, desk.services));
  for (const auto& [name, state] : {std::pair{"c2", GrantState::live}, {"c3", GrantState::revoking}}) {
    const auto of = desk.asked(name, desk.ada.user);
    must(desk.store->consents().add_grant({id<GrantId>(name), desk.session, of.id, desk.ada.user, "calendar.read",
                                           desk.connection, policy::Lifetime::session, std::nullopt, GrantState::live,
                                           desk.clock.now()}));
    must(desk.store->consents().set_state(id<GrantId>(name), state));
  }
  must(add_control(desk.services, desk.session, desk.ada.user, policy::RevokeGrants{id<GrantId>("c3"), std::nullopt}));
  must(took(desk.services, seam::launch::SessionEnded{desk.session.text(), "stopped"}));
  CHECK(must(desk.store->outbox().waiting()).empty());
  CHECK(must(desk.store->consents().challenge(asked.id))->state == ChallengeState::refused);
  for (const auto& grant : must(desk.store->consents().grants(desk.session)))
    CHECK(grant.state == GrantState::revoked);
  int sent = 0;
  ControlSender sender(desk.services,
                       [&](const std::string&, const std::string&, const Then<std::string>&) { ++sent; });
  sender.send(desk.session);
  sender.retry();
  CHECK(sent == 0);
  // What its broker had still said before it ended.
  CHECK(verdict(desk, event(desk, 1, "consent.granted", "ada", {{"challenge", "c1"}, {"grant", "g1"}})) == "ok");
  CHECK(must(desk.store->consents().grant(id<GrantId>("g1")))->state == GrantState::revoked);
}

TEST_CASE("a grant that is live in a session that is over is revoked with nobody to tell") {
  Desk desk;
  const auto asked = desk.asked("c1", desk.ada.user);
  must(took(desk.services, seam::launch::SessionEnded{desk.session.text(), "stopped"}));
  const auto grant = id<GrantId>("g1");
  must(desk.store->consents().add_grant({grant, desk.session, asked.id, desk.ada.user, "calendar.read", desk.connection,
                                         policy::Lifetime::session, std::nullopt, GrantState::live, desk.clock.now()}));
  const auto rows = desk.platform_rows();
  CHECK(must(revoke_grant::process(desk.ada, {desk.session, grant}, desk.services)).state == GrantState::revoked);
  CHECK(desk.platform_rows() == rows + 1);
  CHECK(must(desk.store->outbox().waiting()).empty());
}

TEST_CASE("after a restart of the API nothing is sent to the sessions of before") {
  Desk desk;
  const auto running = desk.asked("c1", desk.ada.user);
  must(approve::process(desk.ada, {running.id, running.digest, policy::Lifetime::once, std::nullopt}, desk.services));
  must(desk.store->sessions().add(
      {id<SessionId>("s0"), desk.ada.user, SessionState::ended, {}, "", false, "", "", desk.clock.now()}));
  must(add_control(desk.services, id<SessionId>("s0"), desk.ada.user, policy::RevokeGrants{}));
  must(took(desk.services, seam::launch::Running{}));
  CHECK(must(desk.store->outbox().waiting()).empty());
  CHECK(must(desk.store->consents().challenge(running.id))->state == ChallengeState::refused);
}

TEST_CASE("a turn that is open is cancelled by its number, which no clock can confuse") {
  Desk desk;
  must(close_turn::process(desk.ada, {desk.session, 1}, desk.services));
  const auto sent = must(desk.store->outbox().oldest(desk.session));
  REQUIRE(sent);
  const std::vector keys{desk.key.public_key()};
  const auto control = must(policy::verify_control(sent->token, keys, desk.clock.now()));
  CHECK(control.action == policy::ControlAction(policy::CancelTurn{base::TurnNumber{1}}));
}

TEST_CASE("the end of its agent closes a turn by the agent's exit status") {
  for (const auto& [status, failed] : {std::pair{0U, false}, {3U, true}, {137U, true}}) {
    Desk desk;
    must(took(desk.services, seam::launch::AgentExited{desk.session.text(), status}));
    const auto sent = must(desk.store->outbox().oldest(desk.session));
    REQUIRE(sent);
    const std::vector keys{desk.key.public_key()};
    const auto control = must(policy::verify_control(sent->token, keys, desk.clock.now()));
    CHECK(control.action == policy::ControlAction(policy::FinishTurn{base::TurnNumber{1}, failed}));
  }
}

TEST_CASE("a consent that did not arrive in time is given up, and the person sees that") {
  Desk desk;
  const auto asked = desk.asked("c1", desk.ada.user);
  must(desk.store->consents().set_state(asked.id, ChallengeState::approved));
  const auto now = desk.clock.now();
  must(add_consent(desk.services,
                   {"t1", asked.id, desk.session, desk.ada.user, "calendar.read", desk.connection, asked.digest,
                    policy::Lifetime::once, std::nullopt, now, now + policy::max_consent_life}));
  ControlSender sender(desk.services, [](const std::string&, const std::string&, Then<std::string> then) {
    then(base::Error{Code::unavailable, "No bus.", ""});
  });
  sender.send(desk.session);
  desk.clock.advance(policy::max_consent_life);
  sender.retry();
  CHECK(must(desk.store->outbox().waiting()).empty());
  CHECK(must(desk.store->consents().challenge(asked.id))->state == ChallengeState::refused);
}
