// A1, A3: each layer taken away, once by its token (the others must hold; what gets through is written down here) and
// once by a machine that lacks it (the start must be refused, naming it).
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <functional>

#include "launch/spare.hpp"
#include "os/socket.hpp"
#include "sandbox/network_namespace.hpp"
#include "sandbox_box.hpp"

using namespace x1;
using hostile::ids;
using hostile::run;
using hostile::Workbench;

namespace {

using Names = std::set<std::string>;

bool holds(const Names& got_through, std::string_view prefix) {
  return std::ranges::none_of(got_through, [&](const std::string& name) { return name.starts_with(prefix); });
}

// What must hold with any one layer gone.
void check_core_holds(const Names& got_through) {
  for (const std::string prefix :
       {"internet-", "dns-", "metadata-", "broadcast-", "icmp-", "canary-", "write-", "create-", "mknod-", "setuid-",
        "setgid-", "read-/etc/shadow", "read-/root", "no-new-privileges"}) {
    CAPTURE(prefix);
    CHECK(holds(got_through, prefix));
  }
}

std::string joined(const Names& names) {
  std::string out;
  for (const auto& name : names)
    out += (out.empty() ? "" : " ") + name;
  return out;
}

// Runs `act` in a process of its own, which may break itself, and returns what it says.
std::string in_child(const std::function<std::string()>& act) {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto said = act();
    [[maybe_unused]] const auto written = ::write(pipe[1], said.data(), said.size());
    ::_exit(0);
  }
  ::close(pipe[1]);
  std::array<char, 1024> text{};
  const auto got = ::read(pipe[0], text.data(), text.size());
  ::close(pipe[0]);
  ::waitpid(child, nullptr, 0);
  return {text.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

std::string outcome_of_start(const sandbox::Plan& plan) {
  sandbox::Filters filters;
  auto process = sandbox::start(plan, filters);
  if (!process.ok()) return base::describe(process.error());
  sandbox::kill(*process);
  return "started";
}

// The plan on a machine whose kernel answers `error` to a system call.
std::string without_call(const sandbox::Plan& plan, const char* call, int error) {
  return in_child([&]() -> std::string {
    // The starter's filter is compiled before the machine loses the call.
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    const int number = seccomp_syscall_resolve_name(call);
    if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(static_cast<unsigned>(error)), number, 0) != 0) return "no rule";
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
    if (seccomp_load(filter) != 0) return "no fault";
    return outcome_of_start(plan);
  });
}

bool write_text(const std::string& path, const std::string& text) {
  const os::Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

// The plan in a user namespace in which one kind of namespace is used up (limits of /proc/sys/user).
std::string without_namespace(sandbox::Plan plan, const std::string& kind) {
  const auto ids_to_map =
      ids().is_machine_root ? std::string("0 0 1\n1879048192 1879048192 1000000\n") : std::string("0 0 1\n1 1 60000\n");
  return in_child([&]() mutable -> std::string {
    auto ends = os::socket_pair();
    const pid_t parent = ::getpid();
    const pid_t mapper = ::fork();
    if (mapper == 0) {
      char letter = 0;
      ends->first = os::Fd();
      if (::read(ends->second.get(), &letter, 1) != 1) ::_exit(1);
      const auto folder = "/proc/" + std::to_string(parent);
      ::_exit(write_text(folder + "/uid_map", ids_to_map) && write_text(folder + "/gid_map", ids_to_map) ? 0 : 1);
    }
    if (::unshare(CLONE_NEWUSER) != 0) return "no user namespace for the fault";
    [[maybe_unused]] const auto asked = ::write(ends->first.get(), "m", 1);
    int status = 1;
    ::waitpid(mapper, &status, 0);
    if (status != 0) return "no map for the fault";
    if (!write_text("/proc/sys/user/max_" + kind + "_namespaces", "0")) return "no limit for the fault";
    // Its network is made there, too, as for every agent.
    const auto made = sandbox::make_listening_namespace(launch::agent_port);
    if (!made.ok()) return base::describe(made.error());
    plan.network = sandbox::JoinNetwork{made->network.get()};
    return outcome_of_start(plan);
  });
}

hostile::Run probed(sandbox::Plan plan) {
  auto result = run(std::move(plan));
  REQUIRE_MESSAGE(result.ok(), base::describe(result.error()));
  return std::move(*result);
}

}  // namespace

TEST_CASE("A1: without seccomp the namespaces, mounts and Landlock still hold") {
  Workbench bench(ids());
  auto plan = bench.probe();
  plan.weaknesses.seccomp = sandbox::weaken::without_seccomp();
  const auto run = probed(std::move(plan));
  CHECK(run.weaknesses == std::vector<std::string>{"without seccomp"});
  const auto got = run.got_through();
  check_core_holds(got);
  CHECK(holds(got, "host-loopback-"));
  CHECK(holds(got, "abstract-socket-"));
  // What only seccomp keeps away: this test has teeth.
  for (const auto* name : {"seccomp-mode", "abi-i386", "netlink-route", "vsock", "unshare-user", "clone-user"}) {
    CAPTURE(name);
    CHECK(got.contains(name));
  }
}

TEST_CASE("A1: without Landlock nothing more gets through") {
  Workbench bench(ids());
  auto plan = bench.probe();
  plan.weaknesses.landlock = sandbox::weaken::without_landlock();
  const auto run = probed(std::move(plan));
  CHECK(run.weaknesses == std::vector<std::string>{"without Landlock"});
  CHECK(joined(run.got_through()) == "");
}

TEST_CASE("A1: in a network namespace that others share, Landlock keeps abstract sockets away") {
  // The stand-in for a box without its own network: a namespace of ours, with nothing but lo, where somebody listens.
  // The real thing is never probed: the probe refuses (below).
  auto shared = sandbox::make_network_namespace();
  REQUIRE_MESSAGE(shared.ok(), base::describe(shared.error()));
  const auto said = in_child([&]() -> std::string {
    // The bench, made inside, listens on lo and on an abstract socket there.
    if (::setns(shared->get(), CLONE_NEWNET) != 0) return "setns failed";
    Workbench bench(ids());
    auto plan = bench.probe();
    plan.network = sandbox::JoinNetwork{.fd = shared->get()};
    auto result = run(std::move(plan));
    if (!result.ok()) return base::describe(result.error());
    std::string names;
    for (const auto& name : result->got_through())
      names += name.substr(0, name.find_last_of('-')) + " ";
    return names;
  });
  if (seal::landlock_abi() >= 6) {
    CHECK(said == "host-loopback ");
  } else {
    CHECK(said.find("host-loopback ") != std::string::npos);
    MESSAGE("Landlock has no scopes here (ABI below 6): abstract sockets of a shared network namespace are reachable");
  }
}

TEST_CASE("A1: outside a namespace of ours the probe refuses to try anything") {
  Workbench bench(ids());
  auto plan = bench.probe();
  plan.network = sandbox::OwnLoopback{};
  plan.weaknesses.network_namespace = sandbox::weaken::without_network_namespace();
  const auto run = probed(std::move(plan));
  CHECK(run.status == 3);
  CHECK(run.attempts() == 0);
}

TEST_CASE("A1: without a user namespace the rest holds") {
  Workbench bench(ids());
  auto plan = bench.probe();
  plan.weaknesses.user_namespace = sandbox::weaken::without_user_namespace();
  const auto run = probed(std::move(plan));
  CHECK(joined(run.got_through()) == "id-map");
}

TEST_CASE("A1: without dropping capabilities, executing the program drops all but the bounding set") {
  Workbench bench(ids());
  auto plan = bench.probe();
  plan.weaknesses.capability_drop = sandbox::weaken::without_capability_drop();
  const auto run = probed(std::move(plan));
  CHECK(joined(run.got_through()) == "capabilities-CapBnd");
}

TEST_CASE("A1: without a pid namespace others are seen, and can't be touched") {
  Workbench bench(ids());
  auto plan = bench.probe();
  plan.weaknesses.pid_namespace = sandbox::weaken::without_pid_namespace();
  if (!ids().is_machine_root) {
    // An ordinary user may not mount a /proc of processes that are not theirs: the start is refused.
    const auto refused = run(std::move(plan));
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == base::Code::isolation_missing);
    return;
  }
  const auto got = probed(std::move(plan)).got_through();
  check_core_holds(got);
  CHECK(got.contains("processes"));
  CHECK(holds(got, "ptrace-"));
}

TEST_CASE("A1: without a mount namespace Landlock keeps the machine's files away") {
  Workbench bench(ids());
  auto plan = bench.probe();
  plan.weaknesses.mount_namespace = sandbox::weaken::without_mount_namespace();
  plan.working_folder = "/usr";
  plan.program = hostile::built("x1-probe");
  plan.init->read = {plan.program};
  const auto got = probed(std::move(plan)).got_through();
  CHECK(got.contains("mounts"));
  for (const std::string prefix : {"internet-", "canary-", "read-/etc/shadow", "read-/root", "read-/home", "read-/var",
                                   "create-", "write-/etc", "write-/usr", "mknod-"}) {
    CAPTURE(prefix);
    CHECK(holds(got, prefix));
  }
}

TEST_CASE("A3: a machine without a layer refuses the start, and names it") {
  Workbench bench(ids());
  const auto plan = bench.agent({"/usr/bin/true"});
  REQUIRE(outcome_of_start(plan) == "started");
  struct Fault {
    const char* call;
    int error;
    const char* named;
  };
  for (const auto& fault :
       {Fault{"landlock_create_ruleset", ENOSYS, "Landlock"}, Fault{"landlock_restrict_self", EOPNOTSUPP, "Landlock"},
        Fault{"seccomp", EINVAL, "seccomp"}, Fault{"capset", EPERM, "capabilities"},
        Fault{"fsopen", ENOSYS, "mount namespace"}, Fault{"pivot_root", EPERM, "mount namespace"},
        Fault{"unshare", EPERM, "user namespace"}, Fault{"close_range", ENOSYS, "descriptors"},
        Fault{"clone3", ENOSYS, "namespaces"}}) {
    CAPTURE(fault.call);
    const auto outcome = without_call(plan, fault.call, fault.error);
    CAPTURE(outcome);
    CHECK(outcome.starts_with("isolation_missing"));
    CHECK(outcome.find(fault.named) != std::string::npos);
  }
}

TEST_CASE("A3: a machine that grants no more namespaces refuses the start, and names the kind") {
  Workbench bench(ids());
  const auto plan = bench.agent({"/usr/bin/true"});
  for (const std::string kind : {"net", "pid", "mnt", "user", "uts", "ipc", "cgroup"}) {
    CAPTURE(kind);
    const auto outcome = without_namespace(plan, kind);
    CAPTURE(outcome);
    CHECK(outcome.starts_with("isolation_missing"));
    const std::string named = kind == "net" ? "network" : kind == "mnt" ? "mount" : kind;
    CHECK(outcome.find(named + " namespace") != std::string::npos);
  }
}
