// What another process of the API writes just before a decision is written down is seen by the decision.
#include "api/approve.hpp"
#include "api/close_turn.hpp"
#include "api/deny.hpp"
#include "api/desk_fixture.hpp"
#include "api/room_fixture.hpp"
#include "policy/tokens.hpp"

using namespace x1;
using namespace x1::api;
using namespace x1::api::testing;
using base::Code;

namespace {

// A store in which somebody else comes first, once, whenever a transaction is about to begin.
struct OvertakenStore final : Store {
  explicit OvertakenStore(Store& real) : store(real) {}
  Store& store;
  std::function<void()> before;

  Status transaction(const std::function<Status()>& work) override {
    if (before) std::exchange(before, {})();
    return store.transaction(work);
  }
  People& people() override { return store.people(); }
  Sessions& sessions() override { return store.sessions(); }
  Members& members() override { return store.members(); }
  Turns& turns() override { return store.turns(); }
  Consents& consents() override { return store.consents(); }
  Connections& connections() override { return store.connections(); }
  Journal& journal() override { return store.journal(); }
  Outbox& outbox() override { return store.outbox(); }
};

struct OvertakenRoom : Room {
  OvertakenStore overtaken{*store};
  Services slow{overtaken, clock, random, key, passwords, vault, launcher, identities, announcer, limits};

  std::size_t waiting_messages() {
    std::size_t count = 0;
    std::string last;
    while (const auto message = must(store->outbox().next(talk, last))) {
      last = message->id;
      ++count;
    }
    return count;
  }
};

approve::Input yes(const ChallengeRecord& challenge) {
  return {challenge.id, challenge.digest, policy::Lifetime::session, std::nullopt, std::nullopt};
}

}  // namespace

TEST_CASE("E1: a turn that is opened while it is being closed is closed by its broker") {
  OvertakenRoom room;
  const auto turn = room.say(room.bob);
  room.overtaken.before = [&] { must(room.store->turns().open(room.talk, turn, room.clock.now())); };
  const auto seen = must(close_turn::process(room.bob, {room.talk, turn}, room.slow));
  CHECK(seen.state == TurnState::open);
  const auto told = room.controls();
  REQUIRE(told.size() == 1);
  CHECK(std::get<policy::CancelTurn>(told[0].action).turn == base::TurnNumber(turn));
}

TEST_CASE("D3: a question whose session ends while it is being answered gets no answer") {
  for (const bool is_yes : {true, false}) {
    CAPTURE(is_yes);
    OvertakenRoom room;
    const auto asked = room.asks("c1", room.bob.user, room.say(room.bob));
    room.overtaken.before = [&] { must(room.store->sessions().set_state(room.talk, SessionState::ended, "over")); };
    const auto done =
        is_yes ? approve::process(room.bob, yes(asked), room.slow) : deny::process(room.bob, {asked.id}, room.slow);
    REQUIRE(!done.ok());
    CHECK(done.error().code == Code::conflict);
    CHECK(room.waiting_messages() == 0);
    CHECK(must(room.store->consents().challenge(asked.id))->state == ChallengeState::pending);
  }
}

TEST_CASE("D3: a yes for a connection that is forgotten while it is being said is none") {
  OvertakenRoom room;
  const auto asked = room.asks("c1", room.bob.user, room.say(room.bob));
  room.overtaken.before = [&] { must(room.store->connections().remove(room.his)); };
  CHECK(!approve::process(room.bob, yes(asked), room.slow).ok());
  CHECK_FALSE(must(room.store->consents().consent(asked.id)).has_value());
}
