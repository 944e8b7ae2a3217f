#include "sandbox/plan.hpp"

#include <doctest/doctest.h>

#include "sandbox/recipes.hpp"
#include "sandbox/report.hpp"
#include "sandbox/step.hpp"
#include "sandbox/subordinate_ids.hpp"

using namespace x1;
using namespace x1::sandbox;

namespace {

AgentBox example() {
  return AgentBox{.session = "s1",
                  .init_program = "/opt/bin/x1-init",
                  .bundle = "/opt/bundle",
                  .program = "/usr/bin/node",
                  .arguments = {"agent.js"},
                  .bound_environment = {"EDITOR=vi"},
                  .identity = {.outside_uid = 200007, .outside_gid = 200007},
                  .workspace = OwnWorkspace{.folder = "/var/lib/x/workspace"},
                  .stdio = {}};
}

struct Describe {
  std::string operator()(const ReadOnlyBind& m) const {
    return "ro " + m.source + " on " + m.target + (m.optional ? " if there" : "");
  }
  std::string operator()(const ReadWriteBind& m) const { return "rw " + m.source + " on " + m.target; }
  std::string operator()(const Tmpfs& m) const { return "tmpfs on " + m.target; }
  std::string operator()(const Overlay& m) const { return "overlay of " + m.lower + " on " + m.target; }
  std::string operator()(const Devices& m) const { return m.terminals ? "devices, terminals" : "devices"; }
  std::string operator()(const Proc&) const { return "proc"; }
  std::string operator()(const File& m) const { return "file " + m.target; }
  std::string operator()(const Folder& m) const { return "folder " + m.target; }
  std::string operator()(const Symlink& m) const { return "link " + m.target + " to " + m.to; }
};

std::vector<std::string> described(const Plan& plan) {
  std::vector<std::string> out;
  for (const auto& mount : plan.mounts)
    out.push_back(std::visit(Describe{}, mount));
  return out;
}

}  // namespace

TEST_CASE("A2: the agent's mounts are these, in this order") {
  CHECK(described(agent_plan(example())) ==
        std::vector<std::string>{
            "ro /usr on /usr", "link /bin to usr/bin", "link /sbin to usr/sbin", "link /lib to usr/lib",
            "link /lib64 to usr/lib64", "file /etc/passwd", "file /etc/group", "file /etc/hosts",
            "file /etc/nsswitch.conf", "file /etc/resolv.conf", "ro /etc/ld.so.cache on /etc/ld.so.cache if there",
            "ro /etc/alternatives on /etc/alternatives if there", "ro /etc/ssl/certs on /etc/ssl/certs if there",
            "devices, terminals", "proc", "ro /opt/bundle on /opt/x1", "tmpfs on /tmp", "tmpfs on /home/agent",
            "rw /var/lib/x/workspace on /workspace"});
}

TEST_CASE("A2: the agent's environment is what was promised and what was bound") {
  CHECK(agent_plan(example()).environment == std::vector<std::string>{"SESSION_ID=s1", "X1_URL=http://127.0.0.1:9090",
                                                                      "PATH=/opt/x1/bin:/usr/local/bin:/usr/bin:/bin",
                                                                      "HOME=/home/agent", "TMPDIR=/tmp", "LANG=C.UTF-8",
                                                                      "TERM=xterm-256color", "EDITOR=vi"});
}

TEST_CASE("a plan is a function of its box alone") {
  const auto first = agent_plan(example());
  const auto second = agent_plan(example());
  CHECK(first.mounts == second.mounts);
  CHECK(first.environment == second.environment);
  CHECK(first.limits == second.limits);
  CHECK(first.weaknesses.names().empty());
  CHECK(validate(first).ok());
}

TEST_CASE("a person's folder takes the workspace's place") {
  auto box = example();
  box.workspace = Overlay{.target = "", .lower = "/home/a", .upper = "/s/u", .work = "/s/w"};
  CHECK(described(agent_plan(box)).back() == "overlay of /home/a on /workspace");
}

TEST_CASE("a plan that can't be meant is refused") {
  const auto refused = [](const auto& change) {
    auto plan = agent_plan(example());
    change(plan);
    const auto outcome = validate(plan);
    return !outcome.ok() && outcome.error().code == base::Code::invalid_request;
  };
  CHECK(refused([](Plan& p) { p.name = "../x"; }));
  CHECK(refused([](Plan& p) { p.name = ""; }));
  CHECK(refused([](Plan& p) { p.program = "node"; }));
  CHECK(refused([](Plan& p) { p.environment = {"NOVALUE"}; }));
  CHECK(refused([](Plan& p) { p.environment = {"A=1", "A=2"}; }));
  CHECK(refused([](Plan& p) { p.environment = {std::string("A=1\0B=2", 7)}; }));
  CHECK(refused([](Plan& p) { p.descriptors = {{.fd = 0, .as = 2}}; }));
  CHECK(refused([](Plan& p) { p.descriptors = {{.fd = 0, .as = 5}, {.fd = 1, .as = 5}}; }));
  CHECK(refused([](Plan& p) { p.descriptors = {{.fd = -1, .as = 5}}; }));
  CHECK(refused([](Plan& p) { p.stdio.controlling_terminal = true; }));
  CHECK(refused([](Plan& p) { p.network = JoinNetwork{}; }));
  CHECK(refused([](Plan& p) { p.mounts.emplace_back(Folder{"/a/../b"}); }));
  CHECK(refused([](Plan& p) { p.mounts.emplace_back(Folder{"a"}); }));
  CHECK(refused([](Plan& p) { p.mounts.emplace_back(Folder{"/"}); }));
  CHECK(refused([](Plan& p) { p.mounts.emplace_back(Folder{"/tmp"}); }));  // there already
  CHECK(refused([](Plan& p) { p.mounts.emplace_back(Tmpfs{.target = "/big", .bytes = 0}); }));
  CHECK(refused([](Plan& p) { p.mounts.emplace_back(ReadOnlyBind{"relative", "/r"}); }));
}

TEST_CASE("x1-init is told the profile, its two descriptors, what to keep, and nothing weaker") {
  auto plan = agent_plan(example());
  plan.descriptors = {{.fd = 0, .as = 4}};
  CHECK(init_arguments(plan, 5, 6) == std::vector<std::string>{"x1-init", "--profile", "agent", "--report", "5",
                                                               "--filter", "6", "--keep", "4", "--", "/usr/bin/node",
                                                               "agent.js"});
}

TEST_CASE("A3: a failed step becomes isolation_missing with its layer's name") {
  const auto plan = agent_plan(example());
  const auto error = to_error(plan, Failed{.step = Step::overlay, .error = 1, .item = 0});
  CHECK(error.code == base::Code::isolation_missing);
  CHECK(error.message == "mount namespace: mounting the overlay (/usr) failed: Operation not permitted");
}

TEST_CASE("the subordinate ids of a user are found by name or number, and nonsense is passed over") {
  const std::string_view file = "bob:1:2\nrubbish\nada:x:65536\nada:100000:65536\n1001:300000:65536\n";
  CHECK(range_in(file, "ada", 1000) == IdRange{.first = 100000, .count = 65536});
  CHECK(range_in(file, "nobody", 1001) == IdRange{.first = 300000, .count = 65536});
  CHECK_FALSE(range_in(file, "bob", 1002).has_value());  // two ids are too few
  CHECK_FALSE(range_in("", "ada", 1000).has_value());
}
