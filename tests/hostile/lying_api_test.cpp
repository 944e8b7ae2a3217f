// D3, at the whole broker: the API has been taken over and signs whatever it likes with its own key. To what the
// manifest marks as high risk it can't say yes without the person's touch, nor make more of a touch than it was for.
#include "hostile/broker_world.hpp"
#include "policy/passkey_examples.hpp"

using namespace x1;
using namespace x1::hostile;
using examples::Authenticator;
using policy::Lifetime;

namespace {

policy::Manifest high_risk(policy::Assurance assurance = policy::Assurance::passkey) {
  auto manifest = examples::manifest();
  for (auto& scope : manifest.scopes)
    scope.assurance = assurance;
  return manifest;
}

// The agent has asked for it, and the question stands: what it is.
policy::Challenge ask(BrokerWorld& world, const std::string& body = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n") {
  const auto before = world.memory.asked.size();
  static_cast<void>(world.ask(create_event));
  auto planned = examples::planned();
  planned.body = body;
  world.wants(world.provider_answers(), {planned});
  world.until([&] { return world.memory.asked.size() > before; });
  return *world.memory.ledger.challenge(world.memory.asked.back());
}

bool granted_nothing(const BrokerWorld& world) {
  return world.memory.ledger.grants().empty() && world.released == 0 && world.dialled.empty();
}

}  // namespace

TEST_CASE("D3: an API that signs a yes of high risk by itself grants nothing") {
  BrokerWorld world({}, high_risk());
  world.open_turn(1, "ada");
  const auto challenge = ask(world);
  CHECK(challenge.assurance == policy::Assurance::passkey);
  const auto bare = examples::consent(challenge, Lifetime::session);
  Authenticator own_of_the_api;
  // With no touch; with one by a key that nobody pinned; and with something that is no assertion.
  CHECK(world.redeemed(bare).starts_with("error passkey_required"));
  CHECK(world.redeemed(own_of_the_api.confirmed(bare)).starts_with("error passkey_required"));
  auto nonsense = bare;
  nonsense.assertion = "a2V5.e30.AAAA.AAAA";
  const Authenticator ada;
  world.pinned = ada.passkey;
  CHECK(world.redeemed(nonsense).starts_with("error invalid_token"));
  CHECK(world.redeemed(own_of_the_api.confirmed(bare)).starts_with("error invalid_token"));
  CHECK(granted_nothing(world));
}

TEST_CASE("E1: a certificate of another session opens nothing, and closes nothing") {
  BrokerWorld world;
  world.open_turn(1, "ada");
  world.offer_turn(2, "ada", examples::id<base::SessionId>("s2"));
  world.until([&] { return world.bus.waiting(turn_subject) > 0; });
  CHECK_FALSE(world.is_open(2));
  CHECK(std::ranges::none_of(world.at_gate,
                             [](const auto& each) { return std::holds_alternative<gate::TurnClosed>(each); }));
}

TEST_CASE("D3: a touch is not made into another one by the API that carries it") {
  BrokerWorld world({}, high_risk());
  Authenticator ada;
  world.pinned = ada.passkey;
  world.open_turn(1, "ada");
  const auto first = ask(world);
  const auto second = ask(world, "BEGIN:VCALENDAR\r\nX:other\r\nEND:VCALENDAR\r\n");
  const auto once = ada.confirmed(examples::consent(first, Lifetime::once));
  for (const auto lifetime : {Lifetime::turn, Lifetime::session}) {
    auto longer = once;
    longer.lifetime = lifetime;
    CHECK(world.redeemed(longer).starts_with("error invalid_token"));
  }
  auto replayed = examples::consent(second, Lifetime::once, "t2");
  replayed.assertion = once.assertion;
  CHECK(world.redeemed(replayed).starts_with("error invalid_token"));
  CHECK(granted_nothing(world));
  // What was touched is granted, and once.
  CHECK(world.redeemed(once) == "ok");
  auto again = once;
  again.id = "t3";
  CHECK(world.redeemed(again).starts_with("error conflict"));
  CHECK(world.memory.ledger.grants().size() == 1);
}

TEST_CASE("D3: another person's touch, and one at another origin, are none of the person who was asked") {
  BrokerWorld world({}, high_risk());
  world.open_turn(1, "ada");
  const auto bare = examples::consent(ask(world), Lifetime::once);
  Authenticator bob("bob");
  world.pinned = bob.passkey;
  CHECK(world.redeemed(bob.confirmed(bare)).starts_with("error invalid_token"));
  Authenticator phished("ada", "a2V5", {"x1.example", "https://evil.example"});
  world.pinned = phished.passkey;
  world.pinned->party.origin = "https://x1.example";
  CHECK(world.redeemed(phished.confirmed(bare)).starts_with("error invalid_token"));
  CHECK(granted_nothing(world));
}

TEST_CASE("D3: a scope that demands the terminal takes no browser's touch") {
  BrokerWorld world({}, high_risk(policy::Assurance::terminal));
  world.open_turn(1, "ada");
  const auto bare = examples::consent(ask(world), Lifetime::once);
  Authenticator browser;
  world.pinned = browser.passkey;
  CHECK(world.redeemed(browser.confirmed(bare)).starts_with("error passkey_required"));
  CHECK(granted_nothing(world));
  Authenticator terminal("ada", "dGVybWluYWw", policy::terminal_party());
  world.pinned = terminal.passkey;
  CHECK(world.redeemed(terminal.confirmed(bare)) == "ok");
}
