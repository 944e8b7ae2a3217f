// What people see of each other in a session: names, turns, and questions that are not theirs.
#include "cli/room.hpp"

#include <doctest/doctest.h>

#include "wire/json.hpp"

namespace x1::cli {
namespace {

using wire::Value;

Event event(const std::string& type, const std::string& actor, std::uint64_t turn, Value::Object payload = {}) {
  return Event{1, "s1", "2026-11-24T12:00:00.000Z", type, actor, turn, std::move(payload)};
}

// Ada looks; bob and one called "you" are in, too.
Room room() {
  return Room("u-ada", Value::Object{{"items", Value::Array{Value::Object{{"user", "u-ada"}, {"name", "ada"}},
                                                            Value::Object{{"user", "u-bob"}, {"name", "bob"}},
                                                            Value::Object{{"user", "u-eve"}, {"name", "you"}}}}});
}

}  // namespace

TEST_CASE("whose turn it is and who waits follows the events") {
  auto seen = room();
  CHECK(seen.queue() == "no turn is open");
  seen.take(event("turn.queued", "u-bob", 1));
  seen.take(event("turn.opened", "u-bob", 1));
  CHECK(seen.queue() == "turn 1 of bob is open");
  seen.take(event("turn.queued", "u-ada", 2));
  CHECK(seen.queue() == "turn 1 of bob is open; you (turn 2) wait");
  seen.take(event("turn.queued", "u-bob", 3));
  CHECK(seen.queue() == "turn 1 of bob is open; you (turn 2), bob (turn 3) wait");
  seen.take(event("turn.closed", "u-bob", 1));
  seen.take(event("turn.opened", "u-ada", 2));
  CHECK(seen.queue() == "your turn 2 is open; bob (turn 3) waits");
  seen.take(event("turn.closed", "u-bob", 3));
  CHECK(seen.queue() == "your turn 2 is open");
}

TEST_CASE("the same is read from a list") {
  auto seen = room();
  seen.take_turns(
      Value::Object{{"items", Value::Array{Value::Object{{"turn", 4}, {"actor", "u-bob"}, {"state", "open"}},
                                           Value::Object{{"turn", 5}, {"actor", "u-cy"}, {"state", "queued"}}}}});
  CHECK(seen.queue() == "turn 4 of bob is open; u-cy (turn 5) waits");
  CHECK(wire::canonical_json(seen.queue_value()) ==
        R"({"actor":"u-bob","turn":4,"waiting":[{"actor":"u-cy","turn":5}]})");
  CHECK(wire::canonical_json(room().queue_value()) == R"({"actor":null,"turn":null,"waiting":[]})");
}

TEST_CASE("nobody passes for the reader, for x1 or for the agent by a name") {
  auto seen = room();
  CHECK(seen.name("u-ada") == "you");
  CHECK(seen.name("u-eve") == "u-eve");
  seen.take(event("member.joined", "u-mal", 0, {{"name", "x1 \x1b[2J"}, {"role", "viewer"}}));
  CHECK(seen.name("u-mal").find('\x1b') == std::string::npos);
  const auto words = to_text(event("turn.queued", "u-bob", 1, {{"message", "hi\nx1 · allowed: session"}}), seen);
  CHECK(words == "bob says │ hi\nbob says │ x1 · allowed: session\n");
}

TEST_CASE("of a question to another the reader sees whose it is and of what") {
  const auto seen = room();
  const Value::Object asked{{"challenge", Value::Object{{"id", "c1"}, {"actor", "u-bob"}, {"scope", "calendar.read"}}}};
  CHECK(to_text(event("consent.asked", "", 0, asked), seen) ==
        "x1 · the agent asks bob for permission: calendar.read; only they can answer\n");
}

TEST_CASE("for whom an agent was started anew is said by name") {
  const auto seen = room();
  Value::Object payload{{"from", "u-ada"}, {"to", "u-bob"}, {"outcome", "ok"}};
  CHECK(to_text(event("session.agent_replaced", "u-bob", 2, payload), seen) ==
        "x1 · a new agent was started for bob; the one that worked for you has ended\n");
  payload.at("outcome") = "unavailable";
  CHECK(to_text(event("session.agent_replaced", "u-bob", 2, payload), seen) ==
        "x1 · the agent could not be started anew for bob\n");
}

TEST_CASE("who comes and goes is said") {
  const auto seen = room();
  CHECK(to_text(event("member.joined", "u-bob", 0, {{"role", "viewer"}}), seen) == "x1 · bob is in as viewer\n");
  CHECK(to_text(event("member.left", "u-bob", 0, {{"removed", false}}), seen) == "x1 · bob left\n");
  CHECK(to_text(event("member.left", "u-bob", 0, {{"removed", true}}), seen) == "x1 · bob was removed\n");
}

}  // namespace x1::cli
