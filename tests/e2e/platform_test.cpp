// The platform's own life, with the real programs: start, state, restart after a crash, end. Run as root and as an
// ordinary user; both must pass.
#include <doctest/doctest.h>

#include "e2e/platform_world.hpp"
#include "launch/down.hpp"
#include "launch/uninstall.hpp"

namespace x1::testing {

namespace {

std::optional<launch::control::Process> find(const launch::control::Status& status, std::string_view name) {
  for (const auto& process : status.processes) {
    if (process.name == name) return process;
  }
  return std::nullopt;
}

std::string public_key(const PlatformWorld& world) {
  const auto text = os::read_file(world.state() + "/keys/api.json");
  return text.ok() ? *text : std::string();
}

std::uint16_t started(PlatformWorld& world) {
  const auto port = world.start();
  REQUIRE_MESSAGE(port.ok(), (port.ok() ? "" : port.error().message));
  return *port;
}

}  // namespace

TEST_CASE("the platform starts, each of its processes under an id of its own") {
  PlatformWorld world;
  CHECK(started(world) != 0);
  const auto status = world.status();
  REQUIRE(status.ok());
  std::vector<std::uint32_t> ids;
  for (const auto* name : {"nats-server", "x1-vault", "x1-dialer", "x1-resolver", "x1-api", "x1-edge"}) {
    const auto process = find(*status, name);
    REQUIRE_MESSAGE(process.has_value(), name);
    CHECK(process->uid != 0);
    ids.push_back(process->uid);
  }
  std::ranges::sort(ids);
  CHECK(std::ranges::adjacent_find(ids) == ids.end());
}

TEST_CASE("a second start finds the first, with its address") {
  PlatformWorld world;
  const auto port = started(world);
  auto options = world.options();
  const auto again = launch::up(options, [](const launch::Running&) {});
  REQUIRE(again.ok());
  CHECK(again->already);
  CHECK(again->port == port);
}

TEST_CASE("Ctrl-C leaves no process behind, and the next start finds the same state") {
  PlatformWorld world;
  started(world);
  const auto key = public_key(world);
  CHECK(key.size() > 40);
  const auto status = world.status();
  REQUIRE(status.ok());
  std::vector<os::Fd> watched;
  for (const auto& process : status->processes)
    watched.push_back(watch(process.pid));
  CHECK(watched.size() >= 6);
  CHECK(world.interrupt() == 0);
  for (const auto& process : watched)
    CHECK((!process || ended(process, 0)));

  started(world);
  CHECK(public_key(world) == key);
}

TEST_CASE("a crashed API is started again") {
  PlatformWorld world;
  started(world);
  const auto before = world.status();
  REQUIRE(before.ok());
  const auto api = find(*before, "x1-api");
  REQUIRE(api.has_value());
  const auto watched = watch(api->pid);
  // By the supervisor's own right: an ordinary user can't signal a subordinate id.
  REQUIRE(watched);
  const long killed = ::syscall(SYS_pidfd_send_signal, watched.get(), SIGKILL, nullptr, 0);
  if (killed != 0) {
    MESSAGE("skipped: this user may not end the process");
    return;
  }
  REQUIRE(ended(watched, 10'000));
  std::optional<launch::control::Process> now;
  // Each answer waits until the platform serves; only the first may come before the supervisor has noticed.
  for (int i = 0; i < 1000 && (!now || now->pid == api->pid); ++i) {
    const auto after = world.status();
    REQUIRE_MESSAGE(after.ok(), (after.ok() ? "" : base::describe(after.error())));
    now = find(*after, "x1-api");
  }
  REQUIRE(now.has_value());
  CHECK(now->pid != api->pid);
}

TEST_CASE("down ends it, and says when there was nothing to end") {
  PlatformWorld world;
  started(world);
  const auto first = launch::down(world.state());
  REQUIRE(first.ok());
  CHECK(*first);
  const auto second = launch::down(world.state());
  REQUIRE(second.ok());
  CHECK_FALSE(*second);
}

TEST_CASE("uninstall refuses while it runs, and removes all afterwards") {
  PlatformWorld world;
  started(world);
  CHECK_FALSE(launch::plan_uninstall(world.state()).ok());
  CHECK(world.interrupt() == 0);
  const auto plan = launch::plan_uninstall(world.state());
  REQUIRE(plan.ok());
  CHECK(launch::uninstall(*plan).ok());
  CHECK_FALSE(fs::exists(world.state()));
}

}  // namespace x1::testing
