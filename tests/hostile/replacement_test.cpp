// E1 at the broker's seams: another person's turn opens for a new agent only, behind a new gate, whatever the API, the
// supervisor and the gate before it say. What was on its way for the earlier person reaches nobody.
#include <doctest/doctest.h>

#include "hostile/broker_world.hpp"
#include "os/file.hpp"

using namespace x1;
using namespace x1::hostile;
using policy::Lifetime;

namespace {

wire::PlannedRequest planned(const std::string& target) {
  auto request = examples::planned();
  request.target = target;
  return request;
}

}  // namespace

TEST_CASE("E1: another person's turn has another agent, the same person's goes on with the one that is there") {
  BrokerWorld world;
  world.open_turn(1, "ada");
  world.open_turn(2, "ada");
  CHECK(world.replacements.empty());
  world.open_turn(3, "bob");
  world.open_turn(4, "bob");
  world.open_turn(5, "ada");
  CHECK(world.replacements == std::vector<std::uint64_t>{3, 5});
  CHECK(world.rows_of("agent.replaced") == 2);
}

TEST_CASE("E1: until there is another agent no turn is open, and no gate is heard") {
  BrokerWorld world;
  world.replaces = false;
  world.open_turn(1, "ada");
  world.granted(create_event, {planned("/ada/home/new.ics")}, Lifetime::session);
  world.offer_turn(2, "bob");
  world.until([&] { return world.replacements.size() == 1; });
  const auto early = world.call_in(2, "emit_status", wire::Value::Object{{"text", "in bob's name"}});
  world.replace_agent();
  world.until([&] { return world.is_open(2); });
  CHECK(world.told(early).empty());
  world.turn = 2;
  world.settle();
  CHECK(world.rows_of("agent.spoke") == 0);
  CHECK(world.rows_of("agent.replaced") == 1);
}

TEST_CASE("E1: the gate of the person before says nothing in the next one's turn") {
  BrokerWorld world;
  world.open_turn(1, "ada");
  world.open_turn(2, "bob");
  world.granted(create_event, {planned("/bob/home/new.ics")}, Lifetime::session);
  const auto before = world.at_gate.size();
  for (std::uint64_t number = 1; number < 200; ++number)
    world.from_old_gate(gate::AgentCall{number, 2, create_event, wire::Value::Object{}});
  world.from_old_gate(gate::AgentOutput{2, "in bob's name"});
  world.from_old_gate(gate::AgentDone{2, "completed"});
  world.settle();
  CHECK(world.bus.waiting(provider_subject) == 0);
  CHECK(world.dialled.empty());
  CHECK(world.answer_to(world.call("no_such_tool")) == "not_found");
  CHECK(world.at_gate.size() > before);
  CHECK_FALSE(world.ended.has_value());
}

TEST_CASE("E1: what a provider answers to the person before is not the answer to a call of the next one") {
  BrokerWorld world;
  world.open_turn(1, "ada");
  world.call(create_event);
  world.until([&] { return world.bus.waiting(provider_subject) == 1; });
  const auto late = world.bus.take(provider_subject);
  world.open_turn(2, "bob");
  const auto& tools = world.last<gate::Tools>();
  CHECK(tools.last_call == 1);
  world.call(create_event);
  world.until([&] { return world.bus.waiting(provider_subject) == 1; });
  const auto parses = world.count<gate::ParseProvider>();
  late(std::string("{\"result\":\"ada's\"}"));
  world.settle();
  CHECK(world.count<gate::ParseProvider>() == parses);
}

TEST_CASE("E1: a gate that begins its numbers anew ends the session, for it could take another call's answer") {
  BrokerWorld world;
  world.open_turn(1, "ada");
  static_cast<void>(world.answer_to(world.call("no_such_tool")));
  world.open_turn(2, "bob");
  world.from_gate(gate::AgentCall{1, 2, "no_such_tool", wire::Value::Object{}});
  world.until([&] { return world.rows_of("chain.closed") == 1; });
}

TEST_CASE("E1: an agent that ends takes its own person's turn with it, and no other's") {
  BrokerWorld world;
  world.open_turn(1, "ada");
  world.agent_ends();
  world.until([&] { return world.rows_of("turn.closed") == 1; });
  // The same person's next turn has another agent to work on it.
  world.open_turn(2, "ada");
  CHECK(world.replacements == std::vector<std::uint64_t>{2});
  // It ends while another person's waits for theirs: by itself, or by what it left behind to do just that.
  world.replaces = false;
  world.offer_turn(3, "bob");
  world.until([&] { return world.replacements.size() == 2; });
  world.agent_ends();
  world.replace_agent();
  world.until([&] { return world.is_open(3); });
  world.turn = 3;
  world.settle();
  CHECK(world.rows_of("turn.closed") == 2);
  // Nor is it heard of when that one has its agent, which may end, too.
  world.agent_ends();
  world.until([&] { return world.rows_of("turn.closed") == 3; });
}

TEST_CASE("E1: without another agent the session ends, and its record says why") {
  BrokerWorld world;
  world.replaces = false;
  world.open_turn(1, "ada");
  world.offer_turn(2, "bob");
  world.until([&] { return world.replacements.size() == 1; });
  world.fail_replacement();
  world.until([&] { return world.rows_of("chain.closed") == 1; });
  CHECK_FALSE(world.is_open(2));
  CHECK(must(os::read_file(world.record() + "/journal")).find("\"outcome\":\"timed_out\"") != std::string::npos);
}

TEST_CASE("E1: an answer for another turn, or without a gate, is no new agent") {
  for (const bool with_gate : {false, true}) {
    CAPTURE(with_gate);
    BrokerWorld world;
    world.replaces = false;
    world.open_turn(1, "ada");
    world.offer_turn(2, "bob");
    world.until([&] { return world.replacements.size() == 1; });
    const auto ends = must(os::socket_pair());
    const seam::box::ToBroker lie(seam::box::AgentReplaced{with_gate ? 1U : 2U});
    world.from_supervisor(seam::encode_frame(lie), with_gate ? ends.first.get() : -1);
    world.until([&] { return world.rows_of("chain.closed") == 1; });
    CHECK_FALSE(world.is_open(2));
  }
}

TEST_CASE("E1: a turn that is taken back while the agent is replaced opens for nobody, and the next one does") {
  BrokerWorld world;
  world.replaces = false;
  world.open_turn(1, "ada");
  world.offer_turn(2, "bob");
  world.until([&] { return world.replacements.size() == 1; });
  world.cancel_turn(2);
  world.replace_agent();
  world.replaces = true;
  world.open_turn(3, "bob");
  CHECK_FALSE(world.is_open(2));
  CHECK(world.replacements.size() == 1);
}

TEST_CASE("E1: a broker that starts again remembers from its record whom the box has worked for") {
  broker::Memory memory;
  const auto read_back = [&memory](std::string kind, std::string actor, std::string outcome) {
    audit::Row row;
    row.entry.kind = std::move(kind);
    row.entry.actor = std::move(actor);
    row.entry.outcome = std::move(outcome);
    REQUIRE(broker::replay(memory, row, {}).ok());
    return memory.agent_of;
  };
  CHECK(read_back("turn.opened", "ada", "ok") == "ada");
  CHECK(read_back("turn.opened", "bob", "ok") == "ada");
  CHECK(read_back("agent.replaced", "bob", "timed_out") == "ada");
  CHECK(read_back("agent.replaced", "bob", "ok") == "bob");
  CHECK(read_back("turn.opened", "ada", "ok") == "bob");
}
