// The identities that we mint, held against the real nats-server: each user gets the subjects of its role with its own
// name in them, and nothing else. The templates are those that the platform writes (launch/bus_keys).
#include <doctest/doctest.h>
#include <algorithm>
#include <chrono>

#include "contract/bus_server.hpp"
#include "launch/bus_keys.hpp"
#include "os/system_clock.hpp"

namespace x1::contract {
namespace {

namespace nats = wire::nats;
namespace nkey = wire::nkey;
using std::chrono::minutes;
using std::chrono::seconds;

crypto::SigningKey new_key() {
  auto key = crypto::SigningKey::generate();
  REQUIRE(key.ok());
  return std::move(key).value();
}

base::TimePoint now() { return os::SystemClock().now(); }

struct Bus {
  crypto::SigningKey root = new_key();
  crypto::SigningKey account = new_key();
  crypto::SigningKey sidecar = new_key();
  crypto::SigningKey provider = new_key();
  crypto::SigningKey api = new_key();
  BusServer server{nkey::operator_jwt(root, "x1", now()), nkey::public_text(nkey::Role::account, account.public_key()),
                   nkey::account_jwt(root, account.public_key(), "x1",
                                     {{sidecar.public_key(), "sidecar", launch::sidecar_permissions()},
                                      {provider.public_key(), "provider", launch::provider_permissions()},
                                      {api.public_key(), "api", launch::api_permissions()}},
                                     now())};

  [[nodiscard]] BusUser user(const crypto::SigningKey& scope, const std::string& name,
                             base::Duration life = minutes(10)) const {
    auto key = new_key();
    auto jwt = nkey::user_jwt(scope, account.public_key(), key.public_key(), name, now(), now() + life);
    return {name, std::move(jwt), std::move(key)};
  }
};

// The server asks for one start in the whole file: each test takes users of its own.
const Bus& bus() {
  static const Bus started;
  return started;
}

bool refuses(BusClient& client, const std::string& bytes) {
  const auto errors = client.errors_of(bytes);
  return std::ranges::any_of(errors, [](const auto& error) { return error.starts_with("Permissions Violation"); });
}

}  // namespace

TEST_CASE("a user's name stands in its subjects, also when it has a dot") {
  BusClient sidecar(bus().server, bus().user(bus().sidecar, "s1"));
  BusClient provider(bus().server, bus().user(bus().provider, "s1.calendar"));
  REQUIRE(sidecar.refusal().empty());
  REQUIRE(provider.refusal().empty());
  CHECK(provider.errors_of(nats::subscribe("x1.provider.s1.calendar.*", 1)).empty());
  CHECK(sidecar.errors_of(nats::subscribe("_INBOX.s1.>", 1)).empty());

  CHECK(sidecar.errors_of(nats::publish("x1.provider.s1.calendar.call", "_INBOX.s1.7", "ask")).empty());
  const auto asked = provider.messages();
  REQUIRE(asked.size() == 1);
  CHECK(asked.front().payload == "ask");
  CHECK(asked.front().reply == "_INBOX.s1.7");

  CHECK(provider.errors_of(nats::publish(asked.front().reply, "", "answer")).empty());
  const auto answers = sidecar.messages();
  REQUIRE(answers.size() == 1);
  CHECK(answers.front().payload == "answer");
  // One answer to each request, and no more.
  CHECK(refuses(provider, nats::publish(asked.front().reply, "", "again")));
  CHECK(sidecar.messages().empty());
}

TEST_CASE("a provider speaks only when it is spoken to, and hears only its own session and domain") {
  BusClient provider(bus().server, bus().user(bus().provider, "s2.calendar"));
  REQUIRE(provider.refusal().empty());
  for (const auto* subject :
       {"x1.provider.s2.calendar.call", "x1.provider.s2.files.call", "x1.api.session.s2.event", "x1.session.s2.control",
        "_INBOX.s2.1", "_INBOX.api.1", "$SYS.REQ.SERVER.PING", "$JS.API.INFO"}) {
    CHECK_MESSAGE(refuses(provider, nats::publish(subject, "", "x")), std::string(subject));
  }
  for (const auto* subject :
       {">", "*", "x1.>", "x1.provider.>", "x1.provider.s2.*.*", "x1.provider.s1.calendar.*", "x1.provider.s2.files.*",
        "_INBOX.>", "_INBOX.s2.calendar.>", "x1.session.s2.control", "$SYS.>"}) {
    CHECK_MESSAGE(refuses(provider, nats::subscribe(subject, 2)), std::string(subject));
  }
}

TEST_CASE("a provider that asks for '>' where its template has '*' hears its own domain, deeper, and nothing else") {
  // nats-server 2.9.10 compares '>' with the template's '*' as one token, and lets it pass.
  BusClient provider(bus().server, bus().user(bus().provider, "s8.calendar"));
  BusClient sidecar(bus().server, bus().user(bus().sidecar, "s8"));
  REQUIRE(provider.errors_of(nats::subscribe("x1.provider.s8.calendar.>", 1)).empty());
  REQUIRE(sidecar.errors_of(nats::publish("x1.provider.s8.files.call", "", "other")).empty());
  CHECK(provider.messages().empty());
}

TEST_CASE("a sidecar reaches its own session only") {
  BusClient sidecar(bus().server, bus().user(bus().sidecar, "s3"));
  REQUIRE(sidecar.refusal().empty());
  for (const auto* subject :
       {"x1.api.session.s1.event", "x1.provider.s1.calendar.call", "x1.session.s3.control", "x1.session.s1.control",
        "_INBOX.s1.1", "x1.api.session.s3.event.more", "$JS.API.STREAM.PURGE.x"}) {
    CHECK_MESSAGE(refuses(sidecar, nats::publish(subject, "", "x")), std::string(subject));
  }
  for (const auto* subject : {">", "x1.>", "x1.session.*.control", "x1.session.s1.control", "_INBOX.>", "_INBOX.*.1",
                              "_INBOX.s1.>", "x1.provider.s3.>", "$SYS.>"}) {
    CHECK_MESSAGE(refuses(sidecar, nats::subscribe(subject, 2)), std::string(subject));
  }
  CHECK(sidecar.errors_of(nats::subscribe("x1.session.s3.control", 3)).empty());
  CHECK(sidecar.errors_of(nats::publish("x1.api.session.s3.event", "_INBOX.s3.1", "x")).empty());
}

TEST_CASE("API and sidecar ask each other") {
  BusClient sidecar(bus().server, bus().user(bus().sidecar, "s4"));
  BusClient api(bus().server, bus().user(bus().api, "api"));
  REQUIRE(api.errors_of(nats::subscribe("x1.api.session.*.*", 1) + nats::subscribe("_INBOX.api.>", 2)).empty());
  REQUIRE(sidecar.errors_of(nats::subscribe("x1.session.s4.control", 1) + nats::subscribe("_INBOX.s4.>", 2)).empty());

  REQUIRE(sidecar.errors_of(nats::publish("x1.api.session.s4.turn", "_INBOX.s4.1", "next?")).empty());
  REQUIRE(api.messages().size() == 1);
  CHECK(api.errors_of(nats::publish("_INBOX.s4.1", "", "turn")).empty());
  CHECK(sidecar.messages().size() == 1);

  REQUIRE(api.errors_of(nats::publish("x1.session.s4.control", "_INBOX.api.1", "consent")).empty());
  REQUIRE(sidecar.messages().size() == 1);
  CHECK(sidecar.errors_of(nats::publish("_INBOX.api.1", "", "ok")).empty());
  CHECK(api.messages().size() == 1);
  CHECK(refuses(api, nats::publish("x1.provider.s4.calendar.call", "", "x")));
  CHECK(refuses(api, nats::subscribe("x1.provider.>", 3)));
}

TEST_CASE("nobody listening is told at once") {
  BusClient sidecar(bus().server, bus().user(bus().sidecar, "s5"));
  REQUIRE(sidecar.errors_of(nats::subscribe("_INBOX.s5.>", 1)).empty());
  (void)sidecar.errors_of("");
  const auto frames = sidecar.exchange(nats::publish("x1.provider.s5.calendar.call", "_INBOX.s5.1", "ask"));
  const auto told = std::ranges::any_of(frames, [](const nats::Frame& frame) {
    const auto* message = std::get_if<nats::Message>(&frame);
    return message != nullptr && nats::says_no_responders(*message);
  });
  CHECK(told);
}

TEST_CASE("a credential that is over, forged or another's opens nothing") {
  CHECK(!BusClient(bus().server, bus().user(bus().sidecar, "s6", -minutes(1))).refusal().empty());
  CHECK(!BusClient(bus().server, bus().user(new_key(), "s6")).refusal().empty());
  auto stolen = bus().user(bus().sidecar, "s6");
  stolen.key = new_key();  // the JWT without its key
  CHECK(!BusClient(bus().server, stolen).refusal().empty());
  auto changed = bus().user(bus().sidecar, "s6");
  changed.jwt.back() = changed.jwt.back() == 'A' ? 'Q' : 'A';
  CHECK(!BusClient(bus().server, changed).refusal().empty());
  auto none = bus().user(bus().sidecar, "s6");
  none.jwt.clear();
  CHECK(!BusClient(bus().server, none).refusal().empty());
}

TEST_CASE("a connection ends with its credential") {
  BusClient sidecar(bus().server, bus().user(bus().sidecar, "s7", seconds(2)));
  REQUIRE(sidecar.refusal().empty());
  CHECK(sidecar.next_error() == "User Authentication Expired");
}

}  // namespace x1::contract
