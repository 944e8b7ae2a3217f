#include "launch/session_components.hpp"

#include <doctest/doctest.h>
#include <algorithm>
#include <set>

#include "launch/launch_test_world.hpp"
#include "launch/plan_text.hpp"

namespace x1::launch::testing {
namespace {

SessionFacts facts(std::vector<std::string> command) {
  SessionFacts session;
  session.id = "s-1";
  session.place = 2;
  session.command = std::move(command);
  return session;
}

}  // namespace

TEST_CASE("the agent gets exactly seven variables, its own network, its workspace and nothing of the machine's") {
  const auto plan = agent_plan(paper_installation(), facts({"/usr/bin/true", "x"}),
                               AgentEnds{.network = 40, .terminal = -1, .output = 60});
  CHECK(plan_text(plan) ==
        "agent-2 as 1879048328\n"
        "run /usr/bin/true x\n"
        "env PATH=/opt/node/bin:/usr/local/bin:/usr/bin:/bin HOME=/home/agent TMPDIR=/tmp LANG=C.UTF-8 "
        "TERM=xterm-256color X1_URL=http://127.0.0.1:9090 SESSION_ID=s-1\n"
        "init agent\n"
        "net joins 40\n"
        "dev terminals\n"
        "proc\n"
        "tmpfs /tmp 512M\n"
        "tmpfs /home/agent 512M\n"
        "rw /s/sessions/s-1/workspace /workspace\n"
        "ro /n /opt/node optional\n"
        "ro /a /opt/agent optional\n"
        "out 60\n");
  CHECK(plan.descriptors.empty());
  CHECK(plan.weaknesses.names().empty());
}

TEST_CASE("of /etc the agent sees made-up files and the public certificates alone") {
  const auto plan = agent_plan(paper_installation(), facts({"true"}), AgentEnds{});
  std::set<std::string> bound;
  for (const auto& mount : plan.mounts) {
    if (const auto* bind = std::get_if<sandbox::ReadOnlyBind>(&mount);
        bind != nullptr && bind->target.starts_with("/etc"))
      bound.insert(bind->source);
  }
  CHECK(bound == std::set<std::string>{"/etc/ssl/certs", "/etc/alternatives"});
}

TEST_CASE("a name is looked up inside the box, a path is taken as it stands, the adapter runs the command itself") {
  const auto at = paper_installation();
  const auto by_name = agent_plan(at, facts({"node", "x.mjs"}), AgentEnds{});
  CHECK(by_name.program == "/usr/bin/env");
  CHECK(by_name.arguments == std::vector<std::string>{"node", "x.mjs"});
  auto adapted = facts({"claude", "-p"});
  adapted.adapter = true;
  const auto by_adapter = agent_plan(at, adapted, AgentEnds{});
  CHECK(by_adapter.program == "/opt/x1/bin/x1-adapter");
  CHECK(by_adapter.arguments == std::vector<std::string>{"claude", "-p"});
}

TEST_CASE("a terminal that was handed over is the agent's own, and nothing goes to a log") {
  const auto plan = agent_plan(paper_installation(), facts({"sh"}), AgentEnds{.terminal = 9, .output = 60});
  CHECK(plan.stdio.in == 9);
  CHECK(plan.stdio.out == 9);
  CHECK(plan.stdio.err == 9);
  CHECK(plan.stdio.controlling_terminal);
}

TEST_CASE("a person's folder lies under an overlay, never bound itself") {
  auto session = facts({"sh"});
  session.folder = "/home/ada/project";
  session.folder_uid = 1000;
  const auto text = plan_text(agent_plan(paper_installation(), session, AgentEnds{}));
  CHECK(
      text.find("overlay /home/ada/project /s/sessions/s-1/overlay/upper /s/sessions/s-1/overlay/work /workspace\n") !=
      std::string::npos);
  CHECK(text.find("rw ") == std::string::npos);
}

TEST_CASE("an ordinary user's agent has the person's own id only where it works on the person's folder") {
  const auto at = paper_installation(false);
  auto session = facts({"sh"});
  CHECK(agent_id(at, session) == at.ids.of(2, SessionSeat::agent));
  session.folder = "/home/ada/project";
  session.folder_uid = 0;
  CHECK(agent_id(at, session) == 0);
  CHECK(agent_id(paper_installation(true), session) != 0);
}

TEST_CASE("the broker is in the bus's namespace with its journal; gate has two sockets and nothing else") {
  const auto at = paper_installation();
  CHECK(
      plan_text(broker_plan(at, facts({}), 50, BrokerEnds{10, 11, 12, 13, 14, 15}, "API", 60)) ==
      "broker-2 as 1879048325\n"
      "run /opt/x1/bin/x1-sidecar --session s-1 --gate 3 --dialer 4 --vault 5 --supervisor 6 --ready 7 --credentials 8 "
      "--api-keys API --manifests /manifests --journal /state/journal\n"
      "env LANG=C.UTF-8\n"
      "net joins 50\n"
      "ro /p/x1-sidecar /opt/x1/bin/x1-sidecar\n"
      "rw /s/sessions/s-1/broker /state\n"
      "ro /s/manifests /manifests\n"
      "fd 10 as 3\n"
      "fd 11 as 4\n"
      "fd 12 as 5\n"
      "fd 13 as 6\n"
      "fd 14 as 7\n"
      "fd 15 as 8\n"
      "out 60\n");
  CHECK(plan_text(gate_plan(at, 2, 10, 11, 60)) ==
        "gate-2 as 1879048324\n"
        "run /opt/x1/bin/x1-gate --listener 3 --broker 4\n"
        "env LANG=C.UTF-8\n"
        "net own\n"
        "ro /p/x1-gate /opt/x1/bin/x1-gate\n"
        "fd 10 as 3\n"
        "fd 11 as 4\n"
        "out 60\n");
}

TEST_CASE("a provider sees a socket that the relay serves, and the relay alone is on the bus") {
  const auto at = paper_installation();
  CHECK(plan_text(provider_plan(at, facts({}), 0, "calendar", ProviderEnds{40, 10}, 60)) ==
        "provider-2-0 as 1879048329\n"
        "run /opt/x1/bin/x1-provider-calendar --session s-1 --credentials 3\n"
        "env LANG=C.UTF-8\n"
        "init provider\n"
        "net joins 40\n"
        "ro /p/x1-provider-calendar /opt/x1/bin/x1-provider-calendar\n"
        "dev\n"
        "proc\n"
        "tmpfs /tmp 16M\n"
        "fd 10 as 3\n"
        "out 60\n");
  CHECK(plan_text(relay_plan(at, facts({}), 0, 50, 10, 60)) ==
        "relay-2-0 as 1879048330\n"
        "run /opt/x1/bin/x1-relay --listener 3\n"
        "env LANG=C.UTF-8\n"
        "net joins 50\n"
        "ro /p/x1-relay /opt/x1/bin/x1-relay\n"
        "fd 10 as 3\n"
        "out 60\n");
}

TEST_CASE("no two processes of any two sessions share an id") {
  const OutsideIds ids(sandbox::Ids{.first_free = 1, .count = 65536, .is_machine_root = false});
  std::set<std::uint32_t> seen;
  std::size_t count = 0;
  const auto see = [&](std::uint32_t id) {
    seen.insert(id);
    ++count;
  };
  for (auto seat = Seat::nats; seat <= Seat::edge; seat = static_cast<Seat>(static_cast<std::uint32_t>(seat) + 1))
    see(ids.of(seat));
  for (std::uint32_t place = 0; place < max_sessions; ++place) {
    for (const auto seat :
         {SessionSeat::gate, SessionSeat::broker, SessionSeat::dialer, SessionSeat::resolver, SessionSeat::agent})
      see(ids.of(place, seat));
    for (std::uint32_t index = 0; index < max_providers; ++index) {
      see(ids.of_provider(place, index));
      see(ids.of_relay(place, index));
    }
  }
  CHECK(seen.size() == count);
  CHECK(*seen.rbegin() < 65536);
}

}  // namespace x1::launch::testing
