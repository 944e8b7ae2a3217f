// C2, D1, D4, E1 and B1 at the broker's seams: gate is the attacker's, and so is everything on the bus. Whatever they
// say, nothing reaches the dialer that the acting person did not grant.
#include <doctest/doctest.h>

#include <functional>

#include "hostile/broker_world.hpp"
#include "os/file.hpp"

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

TEST_CASE("D2, B2: a grant for one calendar is for no other that a body names; it is refused and shown") {
  const std::string list = "calendar_list_events";
  const std::string work = "/ada/home/work/";
  const std::string href = "<d:href>/ada/private/x.ics</d:href>";
  const auto body_of = [](const std::string& root, const std::string& inside) {
    return examples::report_body(root, inside);
  };
  const auto query = body_of("calendar-query", href);
  const std::vector<std::pair<const char*, std::string>> bodies{
      {"the one that fetches by address", body_of("calendar-multiget", href)},
      {"one that follows addresses", R"(<d:expand-property xmlns:d="DAV:"><d:property/></d:expand-property>)"},
      {"the same name of another namespace", R"(<c:calendar-query xmlns:c="DAV:"></c:calendar-query>)"},
      {"one behind a comment with the right one", "<!-- " + query + " -->" + body_of("calendar-multiget", href)},
      {"one behind the right one", query + body_of("calendar-multiget", href)},
      {"one that a DOCTYPE hides", "<!DOCTYPE x [<!ENTITY e \"" + href + "\">]>" + query},
      {"in an encoding that only the server reads", R"(<?xml version="1.0" encoding="utf-7"?>)" + query},
      {"nothing", ""},
  };
  BrokerWorld world;
  world.open_turn(3, "ada");
  const auto asking = world.ask(list);
  world.wants(world.provider_answers(), {examples::report()});
  world.until([&] { return !world.memory.asked.empty(); });
  auto token = examples::consent(*world.memory.ledger.challenge(world.memory.asked.back()), Lifetime::session);
  token.within = work;
  REQUIRE(world.redeemed(token) == "ok");
  REQUIRE(world.answer_to(asking) == "ok");
  for (const auto& [name, body] : bodies) {
    CAPTURE(name);
    auto wanted = examples::report(work);
    wanted.body = body;
    const auto number = world.call(list);
    // An honest request of the same round stays in, too.
    world.wants(world.provider_answers(), {examples::report(work), wanted});
    CHECK(world.answer_to(number) == "not_allowed");
    const auto told = world.people_told("provider.refused");
    CHECK(*told.find_string("reason") == "body");
    CHECK(told.find_string("wanted")->find(body) != std::string::npos);
  }
  auto other = examples::report(work);
  other.headers[0].value = "application/xml; charset=utf-16";
  const auto number = world.call(list);
  world.wants(world.provider_answers(), {other});
  CHECK(world.answer_to(number) == "not_allowed");
  world.settle();
  CHECK(world.dialled.empty());
  CHECK(world.released == 0);
  CHECK(world.rows_of("provider.refused") == bodies.size() + 1);

  static_cast<void>(world.call(list));
  world.wants(world.provider_answers(), {examples::report(work)});
  world.until([&] { return !world.dialled.empty(); });
  CHECK(world.dialled.front().request == examples::report(work));
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
  CHECK(world.answer_to(world.call_in(3, create_event)) == "no_active_turn");
  world.open_turn(3, "ada");
  world.granted(create_event, {planned()}, Lifetime::session);
  for (const std::uint64_t turn : {0ULL, 1ULL, 2ULL, 4ULL, ~0ULL}) {
    CAPTURE(turn);
    CHECK(world.answer_to(world.call_in(turn, create_event)) == "no_active_turn");
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
  CHECK(world.answer_to(world.call_in(3, create_event)) == "no_active_turn");
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
  CHECK(world.answer_to(1000) == "too_many");
  world.settle();
  CHECK(world.bus.waiting(provider_subject) <= broker::max_calls);
  CHECK(world.dialled.empty());
}

TEST_CASE("C2: a gate that uses a number for a second call is a broken one, and the session ends") {
  for (const bool in_flight : {true, false}) {
    CAPTURE(in_flight);
    BrokerWorld world;
    world.open_turn(3, "ada");
    const auto first = world.call(in_flight ? create_event : "no_such_tool");
    if (in_flight) world.until([&] { return world.bus.waiting(provider_subject) > 0; });
    if (!in_flight) CHECK(world.answer_to(first) == "not_found");
    world.from_gate(gate::AgentCall{first, 3, create_event, wire::Value::Object{}});
    // The end itself waits for an API, which nobody plays here.
    world.until([&] { return world.rows_of("chain.closed") == 1; });
    CHECK(world.dialled.empty());
  }
}

TEST_CASE("C2: a gate whose numbers leap ahead is a broken one: it leaves none for the gates that come after") {
  for (const std::uint64_t leap : {2ULL, 1000ULL, ~0ULL}) {
    CAPTURE(leap);
    BrokerWorld world;
    world.open_turn(3, "ada");
    const auto first = world.call("no_such_tool");
    CHECK(world.answer_to(first) == "not_found");
    world.from_gate(gate::AgentCall{first + leap, 3, create_event, wire::Value::Object{}});
    world.until([&] { return world.rows_of("chain.closed") == 1; });
    CHECK(world.told(first + leap).empty());
  }
}

TEST_CASE("arguments that are nested deeper than everybody on the way can read are refused at once") {
  BrokerWorld world;
  world.open_turn(3, "ada");
  const auto nested = [](std::size_t levels) {
    wire::Value value = 1;
    for (std::size_t i = 0; i < levels; ++i)
      value = wire::Value::Object{{"text", std::move(value)}};
    return value;
  };
  CHECK(world.answer_to(world.call("emit_status", nested(16))) == "invalid_request");
  CHECK(world.answer_to(world.call("emit_status", nested(17))) == "too_large");
  CHECK(world.answer_to(world.call("emit_status", wire::Value::Object{{"text", "hello"}})) == "ok");
}

TEST_CASE("D5: a question that the API refuses is a definite answer for the agent, and waits no longer") {
  BrokerWorld world;
  world.open_turn(3, "ada");
  const auto waiting = world.ask(create_event);
  world.wants(world.provider_answers(), {planned()});
  world.refuse_event("consent.asked", "not_found");
  CHECK(world.answer_to(waiting) == "not_allowed");
  CHECK(world.memory.ledger.pending_count(examples::at(15)) == 0);
  // What was said after it goes on to the API.
  CHECK(world.answer_to(world.call("emit_status", wire::Value::Object{{"text", "hello"}})) == "ok");
  world.refuse_event("agent.status", "invalid_request");
  CHECK_FALSE(world.ended.has_value());
}

TEST_CASE("D5: a question that is too large to be told is a definite answer for the agent") {
  BrokerWorld world;
  world.open_turn(3, "ada");
  const auto waiting = world.ask(create_event);
  std::vector<wire::PlannedRequest> many;
  for (int i = 0; i < 16; ++i) {
    many.push_back(planned("/ada/home/" + std::to_string(i) + ".ics"));
    many.back().body.assign(60'000, 'x');
  }
  world.wants(world.provider_answers(), many);
  CHECK(world.answer_to(waiting) == "not_allowed");
  CHECK(world.memory.ledger.pending_count(examples::at(15)) == 0);
}

TEST_CASE("H1: a session's record that was set back, or written anew, serves nothing") {
  const OwnFolder folder;
  const OwnFolder other;
  std::uint64_t seq = 0;
  crypto::Digest head;
  {
    BrokerWorld before(folder.path);
    before.open_turn(3, "ada");
    before.settle();
    seq = before.journal().seq();
    head = before.journal().head();
    BrokerWorld another(other.path);
    another.open_turn(3, "ada");
    another.settle();
    REQUIRE(another.journal().seq() == seq);
  }
  const auto path = folder.path + "/journal";
  const auto whole = must(os::read_file(path));
  const auto keep = [&](const std::string& text) {
    std::filesystem::remove(path);
    must(os::write_file(path, text));
  };
  const auto served = [&](const std::string& text) {
    keep(text);
    BrokerWorld again(folder.path);
    again.until([&] { return again.bus.waiting(audit_subject) > 0; });
    CHECK(again.bus.waiting(turn_subject) == 0);
    CHECK(again.answer_to(again.call(create_event)) == "no_active_turn");
    again.bus.control("any", "_INBOX.api.1");
    CHECK(again.bus.answers.back().starts_with("error unavailable "));
    again.audit_head(seq, head);
    const auto answer = again.answer_to(again.call(create_event));
    CHECK((again.bus.waiting(turn_subject) > 0) == (answer == "no_active_turn"));
    return answer;
  };
  CHECK(served(whole) == "no_active_turn");
  CHECK(served(whole.substr(0, whole.find('\n') + 1)) == "storage_failed");
  CHECK(served(must(os::read_file(other.path + "/journal"))) == "storage_failed");
  // The last rows are on the disk, and the API has not got them yet: it must check them first.
  keep(whole);
  BrokerWorld again(folder.path);
  again.audit_head(0, {});
  again.until([&] { return again.bus.waiting(audit_subject) > 0; });
  CHECK(again.bus.waiting(turn_subject) == 0);
  again.audit_head(seq, head);
  again.until([&] { return again.bus.waiting(turn_subject) > 0; });
}

TEST_CASE("C2: a frame that is none ends the session, and is not guessed at") {
  for (const std::string& frame : {std::string("\x01\x00\x00\x00\xff", 5), std::string("\x02\x00\x00\x00\x00\x07", 6),
                                   std::string("\xff\xff\xff\xff\x00", 5)}) {
    BrokerWorld world;
    world.open_turn(3, "ada");
    world.raw_from_gate(frame);
    // The end itself waits for an API, which nobody plays here.
    world.until([&] { return world.rows_of("chain.closed") == 1; });
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
