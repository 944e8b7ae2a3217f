#include "api/decision.hpp"

#include "api/approve.hpp"
#include "api/deny.hpp"
#include "api/desk_fixture.hpp"
#include "api/revoke_grant.hpp"

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
  CHECK(approve::process(desk.ada, yes(asked), desk.services).error().code == Code::conflict);
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
