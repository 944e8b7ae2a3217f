// Calls between a bus, a gate and an egress that the test answers for.
#include "broker/calls.hpp"

#include <doctest/doctest.h>

#include "broker/core_rig.hpp"
#include "os/socket.hpp"

using namespace x1;
using namespace x1::broker;
using namespace x1::broker::testing;

namespace {

struct Rig {
  Rig() {
    gate_end.start(
        [this](std::string_view frame) {
          auto message = seam::decode_frame<seam::gate::ToGate>(frame).value();
          if (const auto* error = std::get_if<seam::gate::CallError>(&message)) refused.push_back(error->code);
          if (std::holds_alternative<seam::gate::ParseProvider>(message)) ++parses;
        },
        [](const base::Error&) {});
    const auto url = examples::connection();
    const auto turn = std::make_shared<const Turn>(
        Turn{{rig.session, base::TurnNumber{3}, examples::id<base::UserId>("ada"), crypto::sha256("go"),
              crypto::sha256("{}"), rig.key.public_key(), examples::at(0), examples::at(3600)},
             "token",
             "go",
             {{examples::id<base::ConnectionId>("home"), "caldav", url, wire::to_string(url)}}});
    ToolCall what{examples::id<base::CallId>("call1"), turn, *rig.toolbox.find("calendar_list_events"),
                  turn->connection("caldav", ""), wire::Value::Object{}};
    REQUIRE(calls.begin(1, std::move(what)).ok());
  }
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  using Pair = std::pair<os::Fd, os::Fd>;
  CoreRig rig;
  Pair gate_seam = os::socket_pair().value();
  Pair vault_seam = os::socket_pair().value();
  Pair dialer_seam = os::socket_pair().value();
  net::SeamChannel gate_end{rig.context, std::move(gate_seam.second)};
  GateLink gate{rig.context, std::move(gate_seam.first)};
  VaultLink vault{rig.context, std::move(vault_seam.first), rig.key};
  DialerLink dialer{rig.context, std::move(dialer_seam.first)};
  Egress egress{rig.core, vault, dialer};
  Calls calls{rig.core, egress, gate};
  std::vector<base::Code> refused;
  int parses = 0;
};

const base::Error nobody{base::Code::unavailable, "Nobody on the bus answers to this now.", ""};

}  // namespace

TEST_CASE("a provider that is still on its way to the bus is asked again, with the same words") {
  Rig test;
  auto& bus = test.rig.bus;
  const auto first = bus.take(".calendar.call");
  first.then(nobody);
  CHECK(bus.asked.empty());
  test.rig.until([&] { return !bus.asked.empty(); });
  const auto second = bus.take(".calendar.call");
  CHECK(second.payload == first.payload);
  second.then(std::string("{}"));
  test.rig.until([&] { return test.parses == 1; });
  CHECK(test.refused.empty());
}

TEST_CASE("D5: what a provider was asked that died over it is asked of the next one, whose answer alone counts") {
  Rig test;
  auto& bus = test.rig.bus;
  const auto first = bus.take(".calendar.call");
  test.calls.provider_again("files");
  CHECK(bus.asked.empty());
  test.calls.provider_again("calendar");
  const auto second = bus.take(".calendar.call");
  CHECK(second.payload == first.payload);
  // Its last words may still arrive, and so does the word that they never will.
  first.then(std::string("{}"));
  first.then(nobody);
  test.rig.context.run_for(std::chrono::milliseconds(200));
  CHECK(test.parses == 0);
  CHECK(bus.asked.empty());
  second.then(std::string("{}"));
  test.rig.until([&] { return test.parses == 1; });
  CHECK(test.refused.empty());
  // It has been answered.
  test.calls.provider_again("calendar");
  CHECK(bus.asked.empty());
}

TEST_CASE("a call that ends while its provider is away asks no more") {
  Rig test;
  auto& bus = test.rig.bus;
  bus.take(".calendar.call").then(nobody);
  test.calls.stop_all(base::Error{base::Code::no_active_turn, "The turn is over.", ""});
  test.rig.until([&] { return test.refused.size() == 1; });
  test.rig.context.run_for(std::chrono::milliseconds(200));
  CHECK(bus.asked.empty());
  CHECK(test.refused.front() == base::Code::no_active_turn);
}

TEST_CASE("what a provider says, late or not at all, is no reason to ask it again") {
  Rig test;
  auto& bus = test.rig.bus;
  bus.take(".calendar.call").then(base::Error{base::Code::timed_out, "Nobody on the bus answered in time.", ""});
  test.rig.until([&] { return test.refused.size() == 1; });
  CHECK(test.refused.front() == base::Code::timed_out);
  CHECK(bus.asked.empty());
}
