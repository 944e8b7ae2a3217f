// B1, F1: the bus with an attacker's client on it, against the real nats-server and the very templates that the
// platform writes. With one identity nobody speaks or listens beyond it; whoever else is there hears nothing.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>

#include "base/id.hpp"
#include "contract/bus_server.hpp"
#include "launch/bus_keys.hpp"
#include "os/system_clock.hpp"

using namespace x1;
using contract::BusClient;
using contract::BusServer;
using contract::BusUser;
namespace nats = wire::nats;
namespace nkey = wire::nkey;

namespace {

crypto::SigningKey new_key() { return crypto::SigningKey::generate().value(); }
base::TimePoint now() { return os::SystemClock().now(); }

// One for each test: the server's log is a pipe that nobody empties, and every refusal is a line in it.
struct Bus {
  crypto::SigningKey root = new_key(), account = new_key();
  crypto::SigningKey sidecar = new_key(), provider = new_key(), api = new_key();
  BusServer server{nkey::operator_jwt(root, "x1", now()), nkey::public_text(nkey::Role::account, account.public_key()),
                   nkey::account_jwt(root, account.public_key(), "x1",
                                     {{sidecar.public_key(), "sidecar", launch::sidecar_permissions()},
                                      {provider.public_key(), "provider", launch::provider_permissions()},
                                      {api.public_key(), "api", launch::api_permissions()}},
                                     now())};

  [[nodiscard]] BusUser user(const crypto::SigningKey& scope, const std::string& name) const {
    auto key = new_key();
    auto jwt =
        nkey::user_jwt(scope, account.public_key(), key.public_key(), name, now(), now() + std::chrono::minutes(10));
    return {name, std::move(jwt), std::move(key)};
  }
};

// Everybody whom an attacker could want to reach, listening to all that is theirs.
struct Others {
  Others(const Bus& bus, const std::string& mine, const std::string& other)
      : api(bus.server, bus.user(bus.api, "api")),
        my_sidecar(bus.server, bus.user(bus.sidecar, mine)),
        other_sidecar(bus.server, bus.user(bus.sidecar, other)),
        other_domain(bus.server, bus.user(bus.provider, mine + ".files")),
        other_provider(bus.server, bus.user(bus.provider, other + ".calendar")) {
    REQUIRE(api.errors_of(nats::subscribe("x1.api.session.*.*", 1) + nats::subscribe("_INBOX.api.>", 2)).empty());
    for (auto* each : {&my_sidecar, &other_sidecar}) {
      const auto& name = each == &my_sidecar ? mine : other;
      REQUIRE(each->errors_of(nats::subscribe("x1.session." + name + ".control", 1) +
                              nats::subscribe("_INBOX." + name + ".>", 2))
                  .empty());
    }
    REQUIRE(other_domain.errors_of(nats::subscribe("x1.provider." + mine + ".files.*", 1)).empty());
    REQUIRE(other_provider.errors_of(nats::subscribe("x1.provider." + other + ".calendar.*", 1)).empty());
  }
  std::size_t heard() {
    std::size_t count = 0;
    for (auto* each : {&api, &my_sidecar, &other_sidecar, &other_domain, &other_provider})
      count += each->messages().size();
    return count;
  }
  BusClient api, my_sidecar, other_sidecar, other_domain, other_provider;
};

bool refuses(BusClient& client, const std::string& bytes) {
  const auto errors = client.errors_of(bytes);
  return std::ranges::any_of(errors, [](const auto& error) { return error.starts_with("Permissions Violation"); });
}

// Every kind of subject there is, for two sessions and two domains, and what nobody of ours uses.
std::vector<std::string> subjects(const std::string& mine, const std::string& other) {
  std::vector<std::string> out;
  for (const auto& session : {mine, other, std::string("api")}) {
    for (const auto* verb : {"turn", "event", "audit", "renew", "more"})
      out.push_back("x1.api.session." + session + "." + verb);
    for (const auto* domain : {"calendar", "files"}) {
      for (const auto* verb : {"call", "more"})
        out.push_back("x1.provider." + session + "." + domain + "." + verb);
    }
    out.push_back("x1.session." + session + ".control");
    out.push_back("_INBOX." + session + ".1");
    out.push_back("_INBOX." + session + ".calendar.1");
  }
  for (const auto* rest : {"x1", "x1.provider", "x1.api", "_INBOX.1", "_R_.1", "$JS.API.INFO", "$JS.API.STREAM.LIST",
                           "$JS.API.STREAM.CREATE.x", "$JS.ACK.x", "$KV.x.y", "$O.x", "$SYS.REQ.SERVER.PING",
                           "$SYS.REQ.ACCOUNT.x.CONNZ", "$SYS.REQ.USER.INFO", "$SRV.PING", "other"}) {
    out.emplace_back(rest);
  }
  return out;
}

const std::vector<std::string> wide{">",
                                    "*",
                                    "*.>",
                                    "x1.>",
                                    "x1.*.>",
                                    "x1.provider.>",
                                    "x1.*.*.*",
                                    "x1.api.>",
                                    "x1.session.>",
                                    "x1.api.session.*.*",
                                    "x1.session.*.control",
                                    "_INBOX.>",
                                    "_INBOX.*.>",
                                    "$JS.>",
                                    "$SYS.>",
                                    "$SRV.>",
                                    "$KV.>"};

std::string in_queue(const std::string& subject) { return "SUB " + subject + " workers 9\r\n"; }

}  // namespace

TEST_CASE("B1: with a provider's credentials nothing can be said that was not asked for") {
  const Bus bus;
  Others others(bus, "a1", "a2");
  BusClient provider(bus.server, bus.user(bus.provider, "a1.calendar"));
  REQUIRE(provider.refusal().empty());
  for (const auto& subject : subjects("a1", "a2")) {
    CHECK_MESSAGE(refuses(provider, nats::publish(subject, "", "x")), subject);
    CHECK_MESSAGE(refuses(provider, nats::publish(subject, "_INBOX.a1.calendar.1", "x")), subject);
  }
  CHECK(others.heard() == 0);
}

TEST_CASE("B1: with a provider's credentials nothing is heard but calls to its own session and domain") {
  const Bus bus;
  BusClient provider(bus.server, bus.user(bus.provider, "b1.calendar"));
  REQUIRE(provider.refusal().empty());
  auto all = subjects("b1", "b2");
  all.insert(all.end(), wide.begin(), wide.end());
  for (const auto& subject : all) {
    if (subject.starts_with("x1.provider.b1.calendar.")) continue;
    CHECK_MESSAGE(refuses(provider, nats::subscribe(subject, 2)), subject);
    CHECK_MESSAGE(refuses(provider, in_queue(subject)), subject);
  }
  BusClient sidecar(bus.server, bus.user(bus.sidecar, "b2"));
  REQUIRE(sidecar.errors_of(nats::publish("x1.provider.b2.calendar.call", "_INBOX.b2.1", "not for you")).empty());
  CHECK(provider.messages().empty());
}

TEST_CASE("B1: a provider answers whoever asked, once, and nobody in their place") {
  const Bus bus;
  Others others(bus, "c1", "c2");
  BusClient provider(bus.server, bus.user(bus.provider, "c1.calendar"));
  REQUIRE(provider.errors_of(nats::subscribe("x1.provider.c1.calendar.*", 1)).empty());
  REQUIRE(others.my_sidecar.errors_of(nats::publish("x1.provider.c1.calendar.call", "_INBOX.c1.5", "ask")).empty());
  REQUIRE(provider.messages().size() == 1);
  for (const auto* reply : {"_INBOX.c1.4", "_INBOX.c1.6", "_INBOX.c1.5.more", "_INBOX.c2.5", "_INBOX.api.5"})
    CHECK_MESSAGE(refuses(provider, nats::publish(reply, "", "x")), std::string(reply));
  CHECK(others.heard() == 0);
  CHECK(provider.errors_of(nats::publish("_INBOX.c1.5", "", "answer")).empty());
  CHECK(others.my_sidecar.messages().size() == 1);
  CHECK(refuses(provider, nats::publish("_INBOX.c1.5", "", "again")));
  CHECK(others.heard() == 0);
}

TEST_CASE("F1: the credentials of one session's sidecar open nothing of another session") {
  const Bus bus;
  Others others(bus, "d1", "d2");
  BusClient sidecar(bus.server, bus.user(bus.sidecar, "d1"));
  REQUIRE(sidecar.refusal().empty());
  for (const auto& subject : subjects("d1", "d2")) {
    if (subject.starts_with("x1.api.session.d1.") || subject.starts_with("x1.provider.d1.")) continue;
    CHECK_MESSAGE(refuses(sidecar, nats::publish(subject, "_INBOX.d1.1", "x")), subject);
  }
  auto all = subjects("d1", "d2");
  all.insert(all.end(), wide.begin(), wide.end());
  for (const auto& subject : all) {
    if (subject == "x1.session.d1.control" || subject.starts_with("_INBOX.d1.")) continue;
    CHECK_MESSAGE(refuses(sidecar, nats::subscribe(subject, 2)), subject);
  }
  CHECK(others.heard() == 0);
}

TEST_CASE("F1: what would widen a template is no id, and so the name of nobody on the bus") {
  // Its name stands in a user's subjects. A sidecar called "*" would hear every session.
  for (const auto* name : {"*", ">", "*.>", "e1.>", "e1.*", "e1.e2", "{{name()}}", "", " ", "e1\r\nSUB > 1"}) {
    CAPTURE(std::string(name));
    CHECK_FALSE(base::SessionId::parse(name).ok());
  }
}
