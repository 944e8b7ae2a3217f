// D1 to D3 at the whole broker, with the test as everybody else: what a yes is good for, and how often.
#include "hostile/broker_world.hpp"

using namespace x1;
using namespace x1::hostile;
using policy::Lifetime;

namespace {

std::size_t count(const std::vector<std::string>& answers, std::string_view beginning) {
  return static_cast<std::size_t>(
      std::ranges::count_if(answers, [&](const std::string& each) { return each.starts_with(beginning); }));
}

// The agent asks, and the question stands before the person.
std::uint64_t ask(BrokerWorld& world) {
  const auto before = world.memory.asked.size();
  const auto number = world.ask(create_event);
  world.wants(world.provider_answers(), {examples::planned()});
  world.until([&] { return world.memory.asked.size() > before; });
  return number;
}

}  // namespace

TEST_CASE("before the consent nothing is released and nothing is dialled") {
  BrokerWorld world;
  world.open_turn(1, "ada");
  const auto number = world.call(create_event);
  world.wants(world.provider_answers(), {examples::planned()});
  CHECK(world.answer_to(number) == "permission_required");
  CHECK(world.released == 0);
  CHECK(world.dialled.empty());
}

TEST_CASE("of many copies of one consent, one makes a grant, and each is answered the same") {
  BrokerWorld world;
  world.open_turn(1, "ada");
  const auto number = ask(world);
  const auto token = world.consent(Lifetime::once);
  for (int copy = 0; copy < 50; ++copy)
    world.bus.control(token, "_INBOX.api." + std::to_string(copy));
  world.until([&] { return world.bus.answers.size() == 50; });
  CHECK(count(world.bus.answers, "ok") == 50);
  CHECK(world.memory.ledger.grants().size() == 1);
  CHECK(world.answer_to(number) == "ok");
}

TEST_CASE("two different answers to one question make one grant: the first") {
  BrokerWorld world;
  world.open_turn(1, "ada");
  ask(world);
  world.bus.control(world.consent(Lifetime::once), "_INBOX.api.1");
  world.bus.control(world.consent(Lifetime::session), "_INBOX.api.2");
  world.until([&] { return world.bus.answers.size() == 2; });
  CHECK(count(world.bus.answers, "ok") == 1);
  CHECK(count(world.bus.answers, "error conflict") == 1);
  REQUIRE(world.memory.ledger.grants().size() == 1);
  CHECK(world.memory.ledger.grants().front().lifetime == Lifetime::once);
}

TEST_CASE("a consent whose asker waits outside of the API's inbox is not even answered") {
  BrokerWorld world;
  world.open_turn(1, "ada");
  ask(world);
  world.bus.control(world.consent(Lifetime::session), "$JS.API.STREAM.PURGE.x");
  world.settle();
  CHECK(world.bus.answers.empty());
  CHECK(world.memory.ledger.grants().empty());
}

TEST_CASE("a consent that was changed by one letter grants nothing") {
  BrokerWorld world;
  world.open_turn(1, "ada");
  ask(world);
  const auto token = world.consent(Lifetime::session);
  for (const auto at : {token.find('.') + 5, token.rfind('.') + 5, std::size_t{10}}) {
    auto changed = token;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    world.bus.control(changed, "_INBOX.api.1");
  }
  world.bus.control(token.substr(0, token.size() - 1), "_INBOX.api.1");
  world.bus.control("", "_INBOX.api.1");
  world.settle();
  CHECK(world.bus.answers.size() == 5);
  CHECK(count(world.bus.answers, "error") == 5);
  CHECK(world.memory.ledger.grants().empty());
}

TEST_CASE("a grant for one request sends it once") {
  BrokerWorld world;
  world.open_turn(1, "ada");
  world.granted(create_event, {examples::planned()}, Lifetime::once);
  const auto first = world.call(create_event);
  world.wants(world.provider_answers(), {examples::planned()});
  world.wants(world.provider_answers(), {examples::planned()});
  world.until([&] { return world.dialled.size() == 1; });
  world.from_gate(gate::ProviderResult{world.provider_answers(), wire::Value::Object{}});
  CHECK(world.answer_to(first) == "ok");

  const auto second = world.call(create_event);
  world.wants(world.provider_answers(), {examples::planned()});
  CHECK(world.answer_to(second) == "permission_required");
  CHECK(world.dialled.size() == 1);
  CHECK(world.released == 1);
}

TEST_CASE("one person's grant serves no other person's turn, and no other scope") {
  BrokerWorld world;
  world.open_turn(1, "ada");
  world.granted(create_event, {examples::planned()}, Lifetime::session);
  const auto other_scope = world.call("calendar_list_events");
  world.wants(world.provider_answers(), {});
  CHECK(world.answer_to(other_scope) == "permission_required");

  world.open_turn(2, "bob");
  auto planned = examples::planned();
  planned.target = "/bob/home/new.ics";
  const auto other_person = world.call(create_event);
  world.wants(world.provider_answers(), {planned});
  CHECK(world.answer_to(other_person) == "permission_required");
  CHECK(world.dialled.empty());
}
