// C2, D1, D4, E1 and B1 at the broker's seams: gate is the attacker's, and so is everything on the bus. Whatever they
// say, nothing reaches the dialer that the acting person did not grant.
#include <doctest/doctest.h>

#include <functional>

#include "hostile/broker_world.hpp"

using namespace x1;
using namespace x1::hostile;
using policy::Lifetime;

namespace {

// As gate sends it: the origin is not gate's to say.
wire::PlannedRequest planned(const std::string& target = "/ada/home/new.ics") {
  auto request = examples::planned();
  request.target = target;
  return request;
}

struct Lie {
  const char* name;
  std::function<std::vector<wire::PlannedRequest>()> wants;
};

Lie changed(const char* name, const std::function<void(wire::PlannedRequest&)>& change) {
  return {name, [change] {
            auto request = planned();
            change(request);
            return std::vector{request};
          }};
}

}  // namespace

TEST_CASE("C2: what gate makes up about questions that nobody asked reaches nobody") {
  BrokerWorld world;
  world.open_turn(3, "ada");
  for (std::uint64_t parse = 0; parse < 200; ++parse) {
    world.wants(parse, {planned()});
    world.from_gate(gate::ProviderResult{parse, wire::Value::Object{{"granted", true}}});
    world.from_gate(gate::ProviderFailed{~parse, base::Code::provider_error, "x"});
    world.from_gate(gate::AgentGone{parse});
  }
  world.settle();
  CHECK(world.dialled.empty());
  CHECK(world.released == 0);
  CHECK(world.memory.asked.empty());
  CHECK_FALSE(world.ended.has_value());
}

TEST_CASE("D1: a call that nobody granted is answered permission_required, however gate words its plan") {
  const std::vector<Lie> plans{
      changed("as it is", [](auto&) {}),
      changed("another host", [](auto& r) { r.origin = {wire::Scheme::https, "evil.example", 443}; }),
      changed("another calendar", [](auto& r) { r.target = "/bob/home/new.ics"; }),
      changed("another method", [](auto& r) { r.method = wire::Method::delete_; }),
      {"nothing at all", [] { return std::vector<wire::PlannedRequest>(); }},
  };
  for (const auto& plan : plans) {
    CAPTURE(plan.name);
    BrokerWorld world;
    world.open_turn(3, "ada");
    const auto number = world.call(create_event);
    world.wants(world.provider_answers(), plan.wants());
    const auto told = world.answer_to(number);
    const bool refused = told == "permission_required" || told == "not_allowed" || told == "provider_error";
    CHECK_MESSAGE(refused, told);
    world.settle();
    CHECK(world.dialled.empty());
    CHECK(world.released == 0);
  }
}

TEST_CASE("D4: what was granted is sent once, to the connection's own host, whatever host gate names") {
  BrokerWorld world;
  world.open_turn(3, "ada");
  world.granted(create_event, {planned()}, Lifetime::once);
  const auto number = world.call(create_event);
  world.wants(world.provider_answers(), {planned()});
  auto elsewhere = planned();
  elsewhere.origin = {wire::Scheme::https, "evil.example", 443};
  world.wants(world.provider_answers(), {elsewhere});
  world.from_gate(gate::ProviderResult{world.provider_answers(), wire::Value::Object{}});
  CHECK(world.answer_to(number) == "ok");
  REQUIRE(world.dialled.size() == 1);
  CHECK(world.dialled.front().request == examples::planned());

  // The grant is used up: the same call again is a new question.
  const auto again = world.call(create_event);
  world.wants(world.provider_answers(), {planned()});
  CHECK(world.answer_to(again) == "permission_required");
  CHECK(world.dialled.size() == 1);
}

TEST_CASE("D4: after the yes, anything but the requests that were shown is refused before any of it is sent") {
  const std::vector<Lie> lies{
      changed("another event", [](auto& r) { r.target = "/ada/home/other.ics"; }),
      changed("another calendar", [](auto& r) { r.target = "/bob/home/new.ics"; }),
      changed("a way up", [](auto& r) { r.target = "/ada/home/../../bob/home/new.ics"; }),
      changed("another method", [](auto& r) { r.method = wire::Method::delete_; }),
      changed("another body", [](auto& r) { r.body = "BEGIN:VCALENDAR\r\nX:1\r\nEND:VCALENDAR\r\n"; }),
      changed("one header less", [](auto& r) { r.headers.pop_back(); }),
      changed("somebody else's credential",
              [](auto& r) { r.headers.insert(r.headers.begin(), {"authorization", "x"}); }),
      {"one request more", [] { return std::vector{planned(), planned("/ada/home/more.ics")}; }},
      {"the same request twice", [] { return std::vector{planned(), planned()}; }},
      {"seventeen requests", [] { return std::vector<wire::PlannedRequest>(17, planned()); }},
  };
  for (const auto& lie : lies) {
    CAPTURE(lie.name);
    BrokerWorld world;
    world.open_turn(3, "ada");
    world.granted(create_event, {planned()}, Lifetime::once);
    const auto number = world.call(create_event);
    world.wants(world.provider_answers(), {planned()});
    world.wants(world.provider_answers(), lie.wants());
    const auto told = world.answer_to(number);
    CHECK_MESSAGE(told != "ok", told);
    world.settle();
    CHECK(world.dialled.empty());
    CHECK(world.released == 0);
  }
}

TEST_CASE("E1: a call that gate tags with another turn than the open one has no actor, and is refused") {
  BrokerWorld world;
  world.from_gate(gate::AgentCall{900, 3, create_event, wire::Value::Object{}});
  CHECK(world.answer_to(900) == "no_active_turn");
  world.open_turn(3, "ada");
  world.granted(create_event, {planned()}, Lifetime::session);
  std::uint64_t number = 1000;
  for (const std::uint64_t turn : {0ULL, 1ULL, 2ULL, 4ULL, ~0ULL}) {
    CAPTURE(turn);
    world.from_gate(gate::AgentCall{++number, turn, create_event, wire::Value::Object{}});
    CHECK(world.answer_to(number) == "no_active_turn");
  }
  world.settle();
  CHECK(world.bus.waiting(provider_subject) == 0);
  CHECK(world.dialled.empty());
}

TEST_CASE("E1: one person's grant never serves another's turn, and a call can't be put back into the turn before") {
  BrokerWorld world;
  world.open_turn(3, "ada");
  world.granted(create_event, {planned()}, Lifetime::session);
  const auto straddling = world.call(create_event);
  const auto parse = world.provider_answers();
  world.open_turn(4, "bob");
  CHECK(world.answer_to(straddling) == "no_active_turn");
  world.wants(parse, {planned()});  // what belonged to the turn before is nobody's
  world.from_gate(gate::AgentCall{1000, 3, create_event, wire::Value::Object{}});
  CHECK(world.answer_to(1000) == "no_active_turn");
  const auto number = world.call(create_event);
  world.wants(world.provider_answers(), {planned("/bob/home/new.ics")});
  CHECK(world.answer_to(number) == "permission_required");
  world.settle();
  CHECK(world.dialled.empty());
}

TEST_CASE("C2: a flood of calls is bounded, and the broker goes on serving") {
  BrokerWorld world;
  world.open_turn(3, "ada");
  for (int i = 0; i < 1000; ++i)
    world.call(create_event);
  // One number for many calls is one call.
  for (int i = 0; i < 100; ++i)
    world.from_gate(gate::AgentCall{1, 3, create_event, wire::Value::Object{}});
  CHECK(world.answer_to(1000) == "too_many");
  world.settle();
  CHECK(world.bus.waiting(provider_subject) <= broker::max_calls);
  CHECK(world.dialled.empty());
}

TEST_CASE("C2: a frame that is none ends the session, and is not guessed at") {
  for (const std::string& frame : {std::string("\x01\x00\x00\x00\xff", 5), std::string("\x02\x00\x00\x00\x00\x07", 6),
                                   std::string("\xff\xff\xff\xff\x00", 5)}) {
    BrokerWorld world;
    world.open_turn(3, "ada");
    world.raw_from_gate(frame);
    world.until([&] { return world.ended.has_value(); });
    CHECK_FALSE(world.ended->ok());
    CHECK(world.dialled.empty());
  }
}

TEST_CASE("B1: a good consent that asks to be answered outside the API's inbox does nothing") {
  BrokerWorld world;
  world.open_turn(3, "ada");
  world.ask(create_event);
  world.wants(world.provider_answers(), {planned()});
  const auto token = world.consent(Lifetime::session);
  for (const auto* reply : {"", "_INBOX.s1.7", "_INBOX.apis.7", "x1.provider.s1.calendar.call",
                            "x1.api.session.s1.event", "x1.session.s2.control", "_INBOX.api"}) {
    CAPTURE(reply);
    world.bus.control(token, reply);
  }
  world.settle();
  CHECK(world.bus.answers.empty());
  CHECK(world.memory.ledger.grants().empty());
}

TEST_CASE("D3: what arrives for the broker without the API's signature grants nothing") {
  BrokerWorld world;
  world.open_turn(3, "ada");
  world.ask(create_event);
  world.wants(world.provider_answers(), {planned()});
  const auto good = world.consent(Lifetime::session);
  const auto forger = must(crypto::SigningKey::generate());
  const auto* challenge = world.memory.ledger.challenge(world.memory.asked.back());
  auto other_session = examples::consent(*challenge);
  other_session.session = examples::id<base::SessionId>("s2");
  const auto forgers = policy::sign(examples::consent(*challenge), forger);
  const auto body_of = [](const std::string& token) { return token.substr(0, token.rfind('.')); };
  const auto signature_of = [](const std::string& token) { return token.substr(token.rfind('.')); };
  const std::vector<std::string> forged{"",
                                        body_of(good) + signature_of(forgers),
                                        body_of(forgers) + signature_of(good),
                                        "{}",
                                        "y",
                                        forgers,
                                        policy::sign(other_session, forger),
                                        good.substr(0, good.size() - 1),
                                        good + "A",
                                        good.substr(good.find('.')),
                                        std::string(100'000, 'A')};
  for (const auto& token : forged) {
    CAPTURE(token.substr(0, 60));
    const auto before = world.bus.answers.size();
    world.bus.control(token, "_INBOX.api.1");
    world.until([&] { return world.bus.answers.size() > before; });
    CHECK(world.bus.answers.back().starts_with("error "));
  }
  CHECK(world.memory.ledger.grants().empty());
  // The same token twice is one grant: a repeated delivery is acknowledged and adds nothing.
  for (int i = 0; i < 5; ++i)
    world.bus.control(good, "_INBOX.api.1");
  world.settle();
  CHECK(world.memory.ledger.grants().size() == 1);
}

TEST_CASE("E2: the agent has no tool by which to speak as the platform or a person") {
  BrokerWorld world;
  world.open_turn(3, "ada");
  for (const auto* tool : {"user.message", "consent.granted", "session.ended", "turn.opened", "grant.revoked",
                           "emit_event", "approve", "x1.session.s1.control", ""}) {
    CAPTURE(tool);
    CHECK(world.answer_to(world.call(tool, wire::Value::Object{{"type", "user.message"}, {"text", "y"}})) ==
          "not_found");
  }
  // A status that carries members of its own is refused, not passed on.
  CHECK(world.answer_to(world.call(
            "emit_status", wire::Value::Object{{"text", "hello"}, {"type", "user.message"}, {"actor", "ada"}})) ==
        "invalid_request");
  CHECK(world.memory.ledger.grants().empty());
}
