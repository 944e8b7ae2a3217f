#include "sandbox/plan.hpp"

#include <doctest/doctest.h>

#include "sandbox/report.hpp"
#include "sandbox/step.hpp"
#include "sandbox/subordinate_ids.hpp"

using namespace x1;
using namespace x1::sandbox;

namespace {

Plan example() {
  Plan plan;
  plan.name = "agent-s1";
  plan.program = "/usr/bin/node";
  plan.arguments = {"agent.js"};
  plan.environment = {"SESSION_ID=s1"};
  plan.working_folder = "/tmp";
  plan.init = Init{.program = "/opt/bin/x1-init", .profile = seal::Profile::agent, .read = {}, .write = {}};
  plan.identity = {.outside_uid = 200007, .outside_gid = 200007};
  plan.mounts = {ReadOnlyBind{.source = "/usr", .target = "/usr"}, Tmpfs{.target = "/tmp", .bytes = 4096}};
  return plan;
}

}  // namespace

TEST_CASE("a plan that can't be meant is refused") {
  const auto refused = [](const auto& change) {
    auto plan = example();
    REQUIRE(validate(plan).ok());
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
  auto plan = example();
  plan.descriptors = {{.fd = 0, .as = 4}};
  CHECK(init_arguments(plan, 5, 6) == std::vector<std::string>{"x1-init", "--profile", "agent", "--report", "5",
                                                               "--filter", "6", "--keep", "4", "--", "/usr/bin/node",
                                                               "agent.js"});
}

TEST_CASE("A3: a failed step becomes isolation_missing with its layer's name") {
  const auto plan = example();
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
