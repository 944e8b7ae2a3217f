// D1, D2, E1, E2: an agent that does not wait for a decision. What it holds and what its client is told is how the
// question stands, in the turn that asked; a real broker, with the test as gate and API.
#include <doctest/doctest.h>

#include "hostile/ticket_world.hpp"

using namespace x1;
using namespace x1::hostile;
using policy::Lifetime;

namespace {

using World = TicketWorld;

}  // namespace

TEST_CASE("D1: a ticket grants nothing: the call is blocked until there is a yes, and after it as before") {
  World world;
  world.open_turn(3, "ada");
  const auto ticket = world.ticket_for(create_event);
  CHECK(world.status_of(ticket) == "pending");
  const auto blocked = world.call(create_event, wire::Value::Object{});
  world.wants(world.provider_answers(), {examples::planned()});
  CHECK(world.answer_to(blocked) == "permission_pending");
  world.bus.control(world.consent(Lifetime::once), "_INBOX.api.1");
  world.until([&] { return !world.memory.ledger.grants().empty(); });
  for (int again = 0; again < 3; ++again)
    CHECK(world.status_of(ticket) == "granted");
  CHECK(world.memory.ledger.grants().size() == 1);
  world.settle();
  CHECK(world.dialled.empty());
}

TEST_CASE("D5: a no is heard by the ticket, and after that the same thing is a new question") {
  World world;
  world.open_turn(3, "ada");
  const auto ticket = world.ticket_for(create_event);
  world.deny(world.memory.asked.back());
  CHECK(world.status_of(ticket) == "denied");
  CHECK(world.ticket_for(create_event) != ticket);
  CHECK(world.memory.asked.size() == 2);
}

TEST_CASE("D2, E1: a ticket of one person's turn tells nothing in another's, nor in their own next one") {
  World world;
  world.open_turn(3, "ada");
  const auto ticket = world.ticket_for(create_event);
  world.bus.control(world.consent(Lifetime::session), "_INBOX.api.1");
  world.until([&] { return !world.memory.ledger.grants().empty(); });
  world.open_turn(4, "bob");
  CHECK(world.status_of(ticket) == "not_found");
  CHECK(world.status_of("no-such-ticket") == "not_found");
  world.open_turn(5, "ada");
  CHECK(world.status_of(ticket) == "not_found");
}

TEST_CASE("a ticket stands alone: with anything beside it the call is refused") {
  World world;
  world.open_turn(3, "ada");
  const auto ticket = world.ticket_for(create_event);
  for (const auto& [name, value] : {std::pair<const char*, wire::Value>{"tool", create_event},
                                    {"arguments", wire::Value::Object{}},
                                    {"wait", true},
                                    {"lifetime", "session"}}) {
    const wire::Value::Object arguments{{"ticket", ticket}, {name, value}};
    CHECK(world.answer_to(world.call("request_permission", arguments)) == "invalid_request");
  }
  CHECK(world.answer_to(world.call("request_permission", wire::Value::Object{{"ticket", 7}})) == "invalid_request");
  CHECK(world.answer_to(world.call("request_permission", wire::Value::Object{})) == "invalid_request");
}

TEST_CASE(
    "E2: gate is told that a question waits, and how it was decided, once; and what a client says to that is not "
    "heard") {
  World world;
  world.open_turn(3, "ada");
  world.ticket_for(create_event);
  REQUIRE(world.count<gate::PersonAsked>() == 1);
  CHECK(world.last<gate::PersonAsked>().ticket == world.memory.asked.back().text());
  CHECK(world.last<gate::PersonAsked>().scope_title.find("calendar") != std::string::npos);
  CHECK(world.decisions().empty());
  world.bus.control(world.consent(Lifetime::session), "_INBOX.api.1");
  world.until([&] { return !world.decisions().empty(); });
  world.settle();
  CHECK(world.decisions() == "granted ");
  CHECK(world.last<gate::PersonDecided>().ticket == world.memory.asked.back().text());
}

TEST_CASE("E1: what is decided after its turn is told to no other turn's agent") {
  World world;
  world.open_turn(3, "ada");
  world.ticket_for(create_event);
  world.open_turn(4, "bob");
  world.bus.control(world.consent(Lifetime::session), "_INBOX.api.1");
  world.until([&] { return !world.memory.ledger.grants().empty(); });
  world.settle();
  CHECK(world.decisions().empty());
}
