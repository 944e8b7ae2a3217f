// The broker's own bus client against the real nats-server: it gets in by its JWT, asks, is asked, and comes back
// after a loss. The other side is a plain blocking client.
#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <optional>

#include "bus/client.hpp"
#include "contract/bus_server.hpp"
#include "launch/bus_keys.hpp"
#include "os/system_clock.hpp"

namespace x1::contract {
namespace {

namespace nats = wire::nats;
namespace nkey = wire::nkey;
using std::chrono::milliseconds;
using std::chrono::seconds;

crypto::SigningKey new_key() {
  auto key = crypto::SigningKey::generate();
  REQUIRE(key.ok());
  return std::move(key).value();
}
base::TimePoint now() { return os::SystemClock().now(); }

struct World {
  crypto::SigningKey root = new_key();
  crypto::SigningKey account = new_key();
  crypto::SigningKey sidecar = new_key();
  crypto::SigningKey api = new_key();
  BusServer server{nkey::operator_jwt(root, "x1", now()), nkey::public_text(nkey::Role::account, account.public_key()),
                   nkey::account_jwt(root, account.public_key(), "x1",
                                     {{sidecar.public_key(), "sidecar", launch::sidecar_permissions()},
                                      {api.public_key(), "api", launch::api_permissions()}},
                                     now())};
  boost::asio::io_context context{1};

  [[nodiscard]] BusUser user(const crypto::SigningKey& scope, const std::string& name,
                             base::Duration life = std::chrono::minutes(10)) const {
    auto key = new_key();
    auto jwt = nkey::user_jwt(scope, account.public_key(), key.public_key(), name, now(), now() + life);
    return {name, std::move(jwt), std::move(key)};
  }
  [[nodiscard]] std::unique_ptr<bus::Client> client(const std::string& session) {
    return client(session, user(sidecar, session));
  }
  [[nodiscard]] std::unique_ptr<bus::Client> client(const std::string& session, BusUser identity) {
    auto made = std::make_unique<bus::Client>(
        context, bus::Settings{.port = server.port(), .name = "sidecar", .inbox_prefix = "_INBOX." + session},
        nkey::Credentials{std::move(identity.jwt), std::move(identity.key)});
    made->start();
    return made;
  }
  template <class Condition>
  void until(Condition done) {
    const auto deadline = std::chrono::steady_clock::now() + seconds(20);
    while (!done()) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      context.run_one_for(milliseconds(5));
    }
  }
  // One request's outcome: the answer, or "error " and its code.
  std::string ask(bus::Client& client, const std::string& subject, std::string payload, base::Duration limit) {
    std::optional<std::string> outcome;
    client.request(subject, std::move(payload), limit, [&](base::Result<std::string> answer) {
      outcome = answer.ok() ? *answer : "error " + std::string(base::to_string(answer.error().code));
    });
    until([&] { return outcome.has_value(); });
    return *outcome;
  }
};

// Waits until the request came to `who`, whose subscription is made; answers with the same words.
void echo(World& world, BusClient& who) {
  std::vector<nats::Message> came;
  world.until([&] {
    came = who.messages();
    return !came.empty();
  });
  for (const auto& message : came)
    CHECK(who.errors_of(nats::publish(message.reply, "", "heard " + message.payload)).empty());
}

}  // namespace

TEST_CASE("a request is answered in the client's own inbox") {
  World world;
  BusClient api(world.server, world.user(world.api, "api"));
  CHECK(api.errors_of(nats::subscribe("x1.api.session.*.*", 1)).empty());
  const auto client = world.client("s1");
  std::optional<std::string> answer;
  client->request("x1.api.session.s1.turn", "next", seconds(10), [&](base::Result<std::string> got) {
    REQUIRE(got.ok());
    answer = *got;
  });
  echo(world, api);
  world.until([&] { return answer.has_value(); });
  CHECK(*answer == "heard next");
}

TEST_CASE("a request that nobody listens to fails at once, and one that may not be made when its time is up") {
  World world;
  const auto client = world.client("s1");
  CHECK(world.ask(*client, "x1.api.session.s1.turn", "next", seconds(10)) == "error unavailable");
  CHECK(world.ask(*client, "x1.api.session.s2.turn", "next", milliseconds(300)) == "error timed_out");
  // The refusal ended nothing.
  CHECK(world.ask(*client, "x1.api.session.s1.turn", "next", seconds(10)) == "error unavailable");
}

TEST_CASE("a message that is larger than the bus takes is refused before it is sent") {
  World world;
  const auto client = world.client("s1");
  CHECK(world.ask(*client, "x1.api.session.s1.event", std::string(2 << 20, 'x'), seconds(10)) == "error too_large");
}

TEST_CASE("the API's requests come, also after the server was gone, and answers go back") {
  World world;
  std::vector<std::string> heard;
  const auto client = world.client("s1");
  client->serve("x1.session.s1.control", [&](std::string payload, const std::string& reply) {
    heard.push_back(payload);
    client->answer(reply, "ok");
  });
  const auto asks = [&](const std::string& what) {
    // Answered at all: the client has introduced itself, and its subscriptions stand.
    CHECK(world.ask(*client, "x1.api.session.s1.turn", "", seconds(10)) == "error unavailable");
    BusClient api(world.server, world.user(world.api, "api"));
    CHECK(api.errors_of(nats::subscribe("_INBOX.api.>", 1)).empty());
    CHECK(api.errors_of(nats::publish("x1.session.s1.control", "_INBOX.api.1", what)).empty());
    world.until([&] { return !heard.empty() && heard.back() == what; });
    std::vector<nats::Message> answers;
    world.until([&] {
      answers = api.messages();
      return !answers.empty();
    });
    CHECK(answers.front().payload == "ok");
  };
  asks("first");
  std::optional<base::Code> lost;
  client->request("x1.provider.s1.calendar.call", "x", seconds(20),
                  [&](base::Result<std::string> got) { lost = got.ok() ? base::Code::internal : got.error().code; });
  world.server.restart();
  world.until([&] { return lost.has_value(); });
  CHECK(*lost == base::Code::unavailable);
  asks("second");
}

TEST_CASE("a client whose credential is not of this bus gets no answer, and ends cleanly") {
  World world;
  auto stranger = new_key();
  auto jwt = nkey::user_jwt(new_key(), world.account.public_key(), stranger.public_key(), "s1", now(),
                            now() + std::chrono::minutes(10));
  bus::Client client(world.context,
                     bus::Settings{.port = world.server.port(), .name = "sidecar", .inbox_prefix = "_INBOX.s1"},
                     nkey::Credentials{std::move(jwt), std::move(stranger)});
  client.start();
  const auto outcome = world.ask(client, "x1.api.session.s1.turn", "next", milliseconds(500));
  CHECK(outcome.starts_with("error "));
}

TEST_CASE("a user that was renewed comes back after its end, and one that was not stays out") {
  World world;
  BusClient api(world.server, world.user(world.api, "api"));
  REQUIRE(api.errors_of(nats::subscribe("x1.api.session.*.*", 1)).empty());
  auto short_lived = world.user(world.sidecar, "s1", seconds(3));
  const auto longer = nkey::user_jwt(world.sidecar, world.account.public_key(), short_lived.key.public_key(), "s1",
                                     now(), now() + std::chrono::minutes(10));
  const auto renewed = world.client("s1", std::move(short_lived));
  const auto forgotten = world.client("s2", world.user(world.sidecar, "s2", seconds(3)));
  // Let in: nobody serves these subjects, and only the server can know that.
  CHECK(world.ask(*renewed, "x1.provider.s1.calendar.call", "", seconds(10)) == "error unavailable");
  CHECK(world.ask(*forgotten, "x1.provider.s2.calendar.call", "", seconds(10)) == "error unavailable");
  renewed->renew(longer);
  // A request waits for a connection: one that times out has found none.
  world.until([&] {
    return world.ask(*forgotten, "x1.provider.s2.calendar.call", "", milliseconds(500)) == "error timed_out";
  });
  CHECK(world.ask(*forgotten, "x1.provider.s2.calendar.call", "", seconds(3)) == "error timed_out");
  CHECK(world.ask(*renewed, "x1.provider.s1.calendar.call", "", seconds(10)) == "error unavailable");
  renewed->reconnect();
  // The first may go with the old connection; the second would time out if the server refused the new one.
  static_cast<void>(world.ask(*renewed, "x1.provider.s1.calendar.call", "", seconds(10)));
  CHECK(world.ask(*renewed, "x1.provider.s1.calendar.call", "", seconds(10)) == "error unavailable");
}

}  // namespace x1::contract
