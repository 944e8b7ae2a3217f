// C2: each program of ours, taken over by an attacker after it has sealed itself, in the very box that the platform
// gives it. Every attempt beyond its one purpose ends it, or is refused. Runs as sandbox_test does.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <set>

#include "hostile/sandbox_box.hpp"
#include "launch/components.hpp"
#include "launch/session_components.hpp"
#include "os/socket.hpp"

using namespace x1;
using hostile::ids;
using hostile::Run;
namespace fs = std::filesystem;

namespace {

constexpr int got_through = 40;
constexpr int refused = 41;
constexpr int killed_by_the_filter = 128 + SIGSYS;

using Names = std::set<std::string>;

// Where an error is an answer, because the kernel says no for another reason or a library may ask in passing. Any other
// attempt must end the process: an error alone could be the attempt's own clumsiness.
const Names may_fail_softly{"open-read", "open-write", "unlink", "list-folder", "clone3"};

bool is_held(const std::string& act, int status) {
  return status == killed_by_the_filter || (status == refused && may_fail_softly.contains(act));
}

// An installation whose every program is the attacker's.
class Taken {
 public:
  Taken()
      : at{launch::Layout{bench_.folder() + "/state"},
           bench_.folder() + "/bin",
           "",
           "",
           "",
           "",
           launch::OutsideIds(ids()),
           ""} {
    fs::create_directory(at.programs);
    for (const auto* name : {"x1-gate", "x1-sidecar", "x1-dialer", "x1-vault", "x1-edge", "x1-relay", "x1-resolver"})
      fs::create_symlink(hostile::built("x1-evil"), at.programs + "/" + name);
    fs::create_directories(launch::SessionLayout{at.layout.session(session.id)}.broker());
    fs::create_directories(at.layout.manifests());
    fs::create_directories(at.layout.vault());
  }

  // One attempt, in the box of `plan`, under its profile.
  [[nodiscard]] Run attempt(sandbox::Plan plan, std::string_view profile, const std::string& act) const {
    plan.network = sandbox::OwnLoopback{};  // whatever it has else: here there is nothing to reach
    plan.arguments.insert(plan.arguments.end(), {"--profile", std::string(profile), "--act", act});
    auto ran = hostile::run(std::move(plan));
    REQUIRE_MESSAGE(ran.ok(), base::describe(ran.error()));
    return std::move(ran).value();
  }

  // The attempts that got through, of all but `its_purpose`.
  [[nodiscard]] std::string got_out(const sandbox::Plan& plan, std::string_view profile,
                                    const Names& its_purpose) const {
    std::string out;
    for (const auto& act : all_acts()) {
      if (its_purpose.contains(act)) continue;
      const auto ran = attempt(plan, profile, act);
      CAPTURE(act);
      REQUIRE(ran.out.starts_with("sealed\n"));
      if (!is_held(act, ran.status)) out += act + "=" + std::to_string(ran.status) + " ";
    }
    return out;
  }

  [[nodiscard]] const Names& all_acts() const {
    static const Names names = [] {
      Names found;
      FILE* listed = ::popen((hostile::built("x1-evil") + " --list 2>&1").c_str(), "re");
      REQUIRE(listed != nullptr);
      std::array<char, 128> line{};
      while (std::fgets(line.data(), line.size(), listed) != nullptr)
        found.insert(std::string(line.data(), std::strlen(line.data()) - 1));
      REQUIRE(::pclose(listed) == 0);
      return found;
    }();
    return names;
  }

  const launch::SessionFacts session{.id = "test", .command = {"true"}, .folder = ""};
  const std::pair<os::Fd, os::Fd> pair = os::socket_pair().value();
  [[nodiscard]] int end() const { return pair.first.get(); }

 private:
  hostile::Workbench bench_{ids()};

 public:
  const launch::Installation at;
};

const Names streams{"socket-inet", "socket-inet6", "socket-unix", "connect"};

Names with(Names names, const Names& more) {
  names.insert(more.begin(), more.end());
  return names;
}

}  // namespace

TEST_CASE("C2: a gate that runs an attacker's code opens nothing, dials nothing, starts nothing, looks into nobody") {
  const Taken taken;
  CHECK(taken.all_acts().size() >= 35);
  CHECK(taken.got_out(launch::gate_plan(taken.at, taken.session.place, taken.end(), taken.end(), -1), "gate", {}) ==
        "");
}

TEST_CASE("C2: an edge that runs an attacker's code can do no more than gate") {
  const Taken taken;
  const launch::EdgeEnds ends{taken.end(), taken.end(), taken.end()};
  CHECK(taken.got_out(launch::edge_plan(taken.at, ends, -1), "edge", {}) == "");
}

TEST_CASE("C2: a dialer that runs an attacker's code opens streams, and no file, listener or program") {
  const Taken taken;
  const launch::DialerEnds ends{taken.end(), taken.end(), taken.end()};
  const auto plan = launch::dialer_plan(taken.at, "dialer", taken.at.ids.of(0, launch::SessionSeat::dialer), ends, -1);
  CHECK(taken.got_out(plan, "dialer", streams) == "");
  // So that the test is known to tell the difference.
  CHECK(taken.attempt(plan, "dialer", "socket-inet").status == got_through);
}

TEST_CASE("C2: a relay that runs an attacker's code opens streams, and no file or program") {
  const Taken taken;
  const auto plan = launch::relay_plan(taken.at, taken.session, 0, -1, taken.end(), -1);
  CHECK(taken.got_out(plan, "relay", streams) == "");
}

TEST_CASE("C2: a resolver that runs an attacker's code asks for names, reads what the box shows, and writes nothing") {
  const Taken taken;
  const auto id = taken.at.ids.of(0, launch::SessionSeat::resolver);
  const auto plan = launch::resolver_plan(taken.at, "resolver", id, taken.end(), -1);
  CHECK(taken.got_out(plan, "resolver", with(streams, {"socket-datagram", "open-read"})) == "");
}

TEST_CASE("C2: a broker that runs an attacker's code listens nowhere and starts no program") {
  const Taken taken;
  const int end = taken.end();
  const auto plan = launch::broker_plan(taken.at, taken.session, -1, {end, end, end, end, end, end}, "key", -1);
  CHECK(taken.got_out(plan, "broker", with(streams, {"open-read"})) == "");
}

TEST_CASE("C2: a vault that runs an attacker's code starts no program and looks into nobody") {
  const Taken taken;
  const int end = taken.end();
  const auto plan = launch::vault_plan(taken.at, {end, end, end}, {"key", "key", 7811}, -1);
  CHECK(taken.got_out(plan, "vault", with(streams, {"open-read", "bind", "listen"})) == "");
}
