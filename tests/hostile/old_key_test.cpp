// F1, at the whole broker: somebody has a signing key of the API that another one has followed, and the bus besides.
#include "hostile/broker_world.hpp"

using namespace x1;
using namespace x1::hostile;
using policy::Lifetime;

namespace {

policy::ConsentToken yes_of_now(BrokerWorld& world, const policy::Challenge& challenge, std::string_view id) {
  auto token = examples::consent(challenge, Lifetime::session, id);
  token.issued = world.now();
  return token;
}

// The agent has asked, and the question stands.
policy::Challenge asked(BrokerWorld& world) {
  const auto before = world.memory.asked.size();
  static_cast<void>(world.ask(create_event));
  auto planned = examples::planned();
  planned.body = "BEGIN:VCALENDAR\r\nX:" + std::to_string(before) + "\r\nEND:VCALENDAR\r\n";
  world.wants(world.provider_answers(), {planned});
  world.until([&] { return world.memory.asked.size() > before; });
  return *world.memory.ledger.challenge(world.memory.asked.back());
}

std::size_t live_grants(const BrokerWorld& world) {
  return static_cast<std::size_t>(std::ranges::count_if(
      world.memory.ledger.grants(), [](const policy::Grant& grant) { return !grant.spent && !grant.revoked; }));
}

}  // namespace

TEST_CASE(
    "F1: a key that another has followed signs no turn, no yes and no end any more, and what it had signed stays") {
  BrokerWorld world;
  world.open_turn(1, "ada");
  world.granted(create_event, {examples::planned()}, Lifetime::once);
  const auto challenge = asked(world);
  auto old_key = world.follow_key(false);
  CHECK(live_grants(world) == 1);
  CHECK(world.count<gate::TurnClosed>() == 0);

  auto present = world.sign_with(std::move(old_key));
  CHECK(world.redeemed(yes_of_now(world, challenge, "forged")).starts_with("error invalid_token"));
  CHECK(world.control("end", policy::EndSession{}).starts_with("error invalid_token"));
  CHECK(world.control("cancel", policy::CancelTurn{base::TurnNumber{1}}).starts_with("error invalid_token"));
  world.offer_turn(2, "ada");
  world.until([&] { return world.bus.waiting(turn_subject) > 0; });  // it asks again: that was no turn
  CHECK_FALSE(world.is_open(2));
  CHECK(live_grants(world) == 1);
  CHECK_FALSE(world.ended);

  world.sign_with(std::move(present));
  CHECK(world.redeemed(yes_of_now(world, challenge, "t9")) == "ok");
  world.open_turn(2, "ada");
}

TEST_CASE("F1: a key that is revoked takes the turn and the grants with it, and a yes that was on its way") {
  BrokerWorld world;
  world.open_turn(1, "ada");
  world.granted(create_event, {examples::planned()}, Lifetime::once);
  const auto challenge = asked(world);
  const auto on_its_way = yes_of_now(world, challenge, "t8");
  auto old_key = world.follow_key(true);
  world.until([&] { return world.count<gate::TurnClosed>() == 1; });
  CHECK(live_grants(world) == 0);
  CHECK(world.answer_to(world.call(create_event)) == "no_active_turn");
  auto present = world.sign_with(std::move(old_key));
  CHECK(world.redeemed(on_its_way).starts_with("error invalid_token"));
  world.sign_with(std::move(present));
  world.open_turn(2, "ada");
  CHECK(live_grants(world) == 0);
  CHECK(world.rows_of("keys.changed") == 2);
}

TEST_CASE("F1: an old set of keys that comes again brings no key back") {
  BrokerWorld world;
  const auto first = world.keys();
  world.open_turn(1, "ada");
  auto old_key = world.follow_key(true);
  const auto present = world.keys();
  CHECK(world.use_keys(first) == "conflict");
  auto stale = present;
  --stale.number;
  CHECK(world.use_keys(stale) == "conflict");
  auto renumbered = first;
  renumbered.number = present.number + 1;
  CHECK(world.use_keys(renumbered) == "conflict");
  CHECK(world.keys() == present);
  world.sign_with(std::move(old_key));
  CHECK(world.control("end", policy::EndSession{}).starts_with("error invalid_token"));
  CHECK_FALSE(world.ended);
}
