// B1, D1, E1, E2, F1 at the API: one session's broker is the attacker's, with its bus credentials and its boot key,
// against the real x1-api and nats-server. It reaches no other session, speaks for nobody but its turn's actor, and a
// grant that no person gave is none.
#include <doctest/doctest.h>

#include "base/encoding.hpp"
#include "contract/openapi/broker_end.hpp"
#include "hostile/api_platform.hpp"
#include "os/system_clock.hpp"
#include "wire/json.hpp"
#include "wire/jws.hpp"

using namespace x1;
using contract::BrokerEnd;
using contract::BusClient;
using hostile::Platform;
using wire::Value;
namespace launch = seam::launch;
namespace nats = wire::nats;
namespace vault = seam::vault;

namespace {

// Two sessions of one owner; the first one's broker is taken. In it, turn 1 is open.
struct Taken : Platform {
  std::string bob = account("bob");
  std::string mine = connection();
  std::string bobs = connection(bob);
  crypto::SigningKey boot = crypto::SigningKey::generate().value();
  crypto::SigningKey other_boot = crypto::SigningKey::generate().value();
  std::string first = session(boot);
  std::string second = session(other_boot);
  BrokerEnd broker{world, first, boot};

  Taken() {
    broker.ask_later("turn", crypto::to_text(boot.public_key()) + " 0");
    call({"send_message", {first}, Value::Object{{"text", "go on"}}}, 202);
    REQUIRE(broker.next_answer().find('\n') != std::string::npos);
  }
  // What the API says to the next event of this broker, signed with its own good key.
  std::string report(std::string_view type, std::string_view actor, std::uint64_t turn, Value::Object payload) {
    return broker.report(type, actor, turn, std::move(payload));
  }
  std::string asked(const std::string& session, const std::string& actor, const std::string& connection,
                    std::string_view as = "owner") {
    return report("consent.asked", as, 1, contract::asked(contract::challenge("c1", session, actor, 1, connection)));
  }
};

// By an error, or by a receipt that says so.
bool is_refused(const std::string& answer) {
  if (answer.starts_with("error ")) return true;
  const auto begin = answer.find('.') + 1;
  const auto payload = base::base64url_decode(std::string_view(answer).substr(begin, answer.rfind('.') - begin));
  REQUIRE(payload.ok());
  const auto receipt = wire::parse_json(base::as_text(*payload));
  REQUIRE(receipt.ok());
  return receipt->find("refused") != nullptr;
}

}  // namespace

TEST_CASE("E2: a taken broker can't report what people or the API itself say") {
  Taken taken;
  for (const auto* type : {"user.message", "turn.queued", "agent.exited", "consent.minted", "session.created",
                           "message", "", "TURN.OPENED", "turn.opened "}) {
    CAPTURE(std::string(type));
    CHECK(is_refused(taken.report(type, "owner", 1, {{"text", "yes"}})));
  }
}

TEST_CASE("E1: a taken broker speaks for nobody but the actor of a turn that there is") {
  Taken taken;
  CHECK(is_refused(taken.report("agent.status", "bob", 1, {{"text", "x"}})));
  CHECK(is_refused(taken.report("agent.status", "", 1, {{"text", "x"}})));
  CHECK(is_refused(taken.report("agent.status", "owner", 0, {{"text", "x"}})));
  CHECK(is_refused(taken.report("agent.status", "owner", 2, {{"text", "x"}})));
  CHECK(is_refused(taken.asked(taken.first, "bob", taken.bobs)));
  CHECK(is_refused(taken.asked(taken.first, "bob", taken.bobs, "bob")));
  CHECK(is_refused(taken.asked(taken.first, "owner", taken.bobs)));
  CHECK(is_refused(taken.asked(taken.second, "owner", taken.mine)));
  CHECK(taken.count("list_challenges", taken.first) == 0);
  CHECK(taken.count("list_challenges", taken.second) == 0);
  // So that the test is known to tell the difference.
  CHECK_FALSE(is_refused(taken.asked(taken.first, "owner", taken.mine)));
  CHECK(taken.count("list_challenges", taken.first) == 1);
}

TEST_CASE("F1: a taken broker's key signs nothing of another session") {
  Taken taken;
  const auto event = wire::sign_jws(wire::TokenType::event,
                                    Value::Object{{"session", taken.second},
                                                  {"seq", 1},
                                                  {"time", base::format_time(os::SystemClock().now())},
                                                  {"type", "session.started"},
                                                  {"actor", ""},
                                                  {"turn", 0},
                                                  {"payload", Value::Object{}}},
                                    taken.boot);
  CHECK(is_refused(taken.broker.ask("event", event)));
  // Even on the other session's own subject, with its bus credentials: the boot key is another.
  BrokerEnd other(taken.world, taken.second, taken.boot);
  CHECK(is_refused(other.ask("event", event)));
  CHECK(is_refused(other.report("session.started", "", 0, {})));
  CHECK(is_refused(other.ask("audit", other.row("session.boot"))));
  CHECK(is_refused(other.ask("turn", crypto::to_text(taken.boot.public_key()) + " 0")));
  CHECK(is_refused(taken.broker.ask("audit", other.row("session.boot"))));
}

TEST_CASE("D1: a grant that no person gave is none, whatever a taken broker reports") {
  Taken taken;
  REQUIRE_FALSE(is_refused(taken.broker.report("turn.opened", "owner", 1, {{"message", "go on"}})));
  REQUIRE_FALSE(is_refused(taken.broker.report(
      "consent.asked", "owner", 1, contract::asked(contract::challenge("c1", taken.first, "owner", 1, taken.mine)))));
  CHECK(is_refused(taken.broker.report("consent.granted", "owner", 1,
                                       {{"challenge", "c1"}, {"grant", "g1"}, {"lifetime", "session"}})));
  CHECK(taken.count("list_grants", taken.first) == 0);
}

TEST_CASE("B1: the API answers in the asker's own inbox or not at all") {
  Taken taken;
  BusClient other(taken.world.bus(), taken.world.broker_user(taken.second));
  REQUIRE(other
              .errors_of(nats::subscribe("x1.session." + taken.second + ".control", 1) +
                         nats::subscribe("_INBOX." + taken.second + ".>", 2))
              .empty());
  BusClient attacker(taken.world.bus(), taken.world.broker_user(taken.first));
  REQUIRE(attacker.errors_of(nats::subscribe("_INBOX." + taken.first + ".>", 1)).empty());
  for (const auto& reply : {"_INBOX." + taken.second + ".1", "x1.session." + taken.second + ".control",
                            "x1.session." + taken.first + ".control", "x1.provider." + taken.first + ".calendar.call",
                            std::string("_INBOX.api.1"), "_INBOX." + taken.first + "x.1"}) {
    for (const auto* what : {"turn", "event", "audit"}) {
      const auto payload = crypto::to_text(taken.boot.public_key()) + " 0";
      REQUIRE(attacker.errors_of(nats::publish("x1.api.session." + taken.first + "." + what, reply, payload)).empty());
    }
  }
  // The API works on one request after the other: once this one is answered, so are those before.
  auto answers = attacker.messages_after(
      nats::publish("x1.api.session." + taken.first + ".audit", "_INBOX." + taken.first + ".9", "x"));
  std::ranges::move(attacker.messages(), std::back_inserter(answers));
  REQUIRE(answers.size() == 1);
  CHECK(answers.front().subject == "_INBOX." + taken.first + ".9");
  CHECK(other.messages().empty());
}

TEST_CASE(
    "D5: an API that is started again finds its session, and what a broker answers to the one before counts no more") {
  Taken taken;
  taken.call({"close_turn", {taken.first, "1"}}, 202);
  const auto before = taken.broker.next_control();
  const auto second = crypto::to_text(taken.other_boot.public_key());
  taken.world.restart({{{taken.first, crypto::to_text(taken.boot.public_key())}, {taken.second, second}}});
  CHECK(taken.text(taken.call({"get_session", {taken.first}}, 200), "state") == "running");
  // The same message once more. Both count their questions from one.
  const auto again = taken.broker.next_control();
  CHECK(again.payload == before.payload);
  CHECK(again.reply != before.reply);
  taken.broker.acknowledge(again);
  // Another start, of which the second session's supervisor knows nothing any more.
  taken.world.restart({{{taken.first, crypto::to_text(taken.boot.public_key())}}});
  CHECK(taken.text(taken.call({"get_session", {taken.first}}, 200), "state") == "running");
  CHECK(taken.text(taken.call({"get_session", {taken.second}}, 200), "state") == "ended");
}
