// A1, A2: the probe inside an agent's box, as root and as an ordinary user; and that ordinary programs work there.
// Runs inside enter_user_namespace() when it is not root (sandbox_main.cpp).
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "sandbox_box.hpp"

using namespace x1;
using hostile::ids;
using hostile::run;
using hostile::Workbench;

namespace {

constexpr int fewest_attempts = 120;

std::string joined(const std::set<std::string>& names) {
  std::string out;
  for (const auto& name : names)
    out += name + " ";
  return out;
}

sandbox::Plan shell(Workbench& bench, const std::string& script) {
  return bench.agent({"/usr/bin/bash", "-c", script});
}

}  // namespace

TEST_CASE("A1 A2: nothing that the probe tries gets through") {
  Workbench bench(ids());
  const auto probed = run(bench.probe());
  REQUIRE_MESSAGE(probed.ok(), base::describe(probed.error()));
  CAPTURE(probed->out);
  CHECK(joined(probed->got_through()) == "");
  CHECK(probed->attempts() >= fewest_attempts);
  CHECK(probed->status == 0);
  CHECK(probed->weaknesses.empty());
}

TEST_CASE("A2: the environment is exactly what was promised") {
  Workbench bench(ids());
  ::setenv("X1_CANARY_VARIABLE", "leaked", 1);
  const auto printed = run(bench.agent({"/usr/bin/env"}));
  ::unsetenv("X1_CANARY_VARIABLE");
  REQUIRE_MESSAGE(printed.ok(), base::describe(printed.error()));
  CHECK(printed->out ==
        "PATH=/opt/node/bin:/usr/local/bin:/usr/bin:/bin\nHOME=/home/agent\nTMPDIR=/tmp\nLANG=C.UTF-8\n"
        "TERM=xterm-256color\nX1_URL=http://127.0.0.1:9090\nSESSION_ID=test\n");
}

TEST_CASE("A2: a descriptor that the starter left open does not reach the box") {
  Workbench bench(ids());
  const int leaked = ::dup(STDERR_FILENO);  // not close-on-exec, on purpose
  const auto listed = run(shell(bench, "ls /proc/self/fd | wc -l; ls /proc/$$/fd; true"));
  ::close(leaked);
  REQUIRE(listed.ok());
  // The first ls holds the folder itself; the shell, which waits for the second, no pipe.
  CHECK(listed->out == "4\n0\n1\n2\n");
}

TEST_CASE("A1: with each Landlock ABI the box stands") {
  for (const int abi : {1, 2, seal::landlock_newest}) {
    CAPTURE(abi);
    Workbench bench(ids());
    auto plan = bench.probe();
    plan.init->max_landlock_abi = abi;
    const auto probed = run(std::move(plan));
    REQUIRE_MESSAGE(probed.ok(), base::describe(probed.error()));
    CAPTURE(probed->out);
    CHECK(joined(probed->got_through()) == "");
    CHECK(probed->status == 0);
  }
}

TEST_CASE("B3: the profiles of providers and servers stand as the agent's does") {
  for (const auto profile : {seal::Profile::provider, seal::Profile::server}) {
    Workbench bench(ids());
    auto plan = bench.probe();
    plan.init->profile = profile;
    const auto probed = run(std::move(plan));
    REQUIRE_MESSAGE(probed.ok(), base::describe(probed.error()));
    CHECK(joined(probed->got_through()) == "");
  }
}

TEST_CASE("ordinary programs work in the box") {
  struct Program {
    const char* needs;
    const char* script;
    const char* prints;
  };
  const auto node = hostile::projects_node() + "/bin/node";
  const std::vector<Program> programs{
      {"/usr/bin/bash", "echo $(( 6 * 7 )) | cat; echo x > /workspace/a; cat < /workspace/a", "42\nx\n"},
      {std::filesystem::exists(node) ? node.c_str() : "/usr/bin/node",
       "node -e 'require(\"fs\").writeFileSync(\"/tmp/n\",\"n\");"
       "require(\"child_process\").execSync(\"true\");"
       "new (require(\"worker_threads\").Worker)(\"1\",{eval:true}).on(\"exit\",()=>console.log(\"node\"))'",
       "node\n"},
      {"/usr/bin/python3",
       "python3 -c 'import subprocess, threading, json, socket; s = socket.socket(); "
       "t = threading.Thread(target=print, args=(\"thread\",)); t.start(); t.join(); "
       "print(subprocess.check_output([\"echo\", \"child\"]).decode().strip())'",
       "thread\nchild\n"},
      {"/usr/bin/git",
       "cd /workspace && git init -q g && cd g && git -c user.name=a -c user.email=a@b commit -q "
       "--allow-empty -m m && git log --format=%s",
       "m\n"},
      {"/usr/bin/gcc", "cd /tmp && echo 'int main(void){return 3;}' > a.c && gcc a.c -o a && ./a; echo $?", "3\n"},
  };
  for (const auto& program : programs) {
    if (!std::filesystem::exists(program.needs)) {
      // The words that the test's totals count.
      std::cout << "skipped: in the box, not on this machine: " << program.needs << std::endl;
      continue;
    }
    CAPTURE(program.needs);
    Workbench bench(ids());
    const auto ran = run(shell(bench, program.script));
    REQUIRE_MESSAGE(ran.ok(), base::describe(ran.error()));
    CHECK(ran->out == program.prints);
    CHECK(ran->status == 0);
  }
}

TEST_CASE("what listens in the box's network for the agent is reached from inside the box") {
  Workbench bench(ids());
  const auto ran = run(shell(bench, "exec 3<>/dev/tcp/127.0.0.1/9090 && echo hello >&3"));
  REQUIRE_MESSAGE(ran.ok(), base::describe(ran.error()));
  CHECK(ran->status == 0);
  const os::Fd accepted(::accept4(bench.listener(), nullptr, nullptr, SOCK_CLOEXEC));
  REQUIRE(accepted);
  std::array<char, 16> text{};
  const auto got = ::read(accepted.get(), text.data(), text.size());
  CHECK(std::string(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0) == "hello\n");
}

TEST_CASE("the box ends as its program ends") {
  Workbench bench(ids());
  CHECK(run(shell(bench, "exit 7"))->status == 7);
  CHECK(run(shell(bench, "kill -9 $$"))->status == 128 + 9);
}

TEST_CASE("a program that is not there is not_found, and says so") {
  Workbench bench(ids());
  const auto missing = run(bench.agent({"/usr/bin/no-such-program"}));
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().code == base::Code::not_found);
  CHECK(missing.error().message.find("no-such-program") != std::string::npos);
}

TEST_CASE("killing a box ends all that runs in it") {
  Workbench bench(ids());
  sandbox::Filters filters;
  auto process = sandbox::start(shell(bench, "setsid sleep 1000 & sleep 1000"), filters);
  REQUIRE(process.ok());
  sandbox::kill(*process);
  CHECK(*sandbox::wait(*process, std::chrono::seconds(10)) == 128 + 9);
}

TEST_CASE("A2: a terminal given to the box is its controlling one, and nothing can be typed into it from inside") {
  Workbench bench(ids());
  const os::Fd master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(master);
  REQUIRE(::grantpt(master.get()) == 0);
  REQUIRE(::unlockpt(master.get()) == 0);
  const os::Fd slave(::open(::ptsname(master.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(slave);
  const auto ran = run(bench.agent({"/usr/bin/bash", "-c",
                                    "test -t 0 && : < /dev/tty && echo terminal; "
                                    "/opt/agent/x1-probe | grep tiocsti | grep -c refused"},
                                   slave.get()));
  REQUIRE_MESSAGE(ran.ok(), base::describe(ran.error()));
  CHECK(ran->out == "terminal\n2\n");
}

TEST_CASE("a box ends with the thread that started it") {
  Workbench bench(ids());
  std::array<int, 2> pipe{};
  REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
  auto plan = shell(bench, "sleep 1000");
  plan.stdio.out = pipe[1];  // the box's end: read() below returns when the last holder is gone
  const pid_t starter = ::fork();
  if (starter == 0) {
    sandbox::Filters filters;
    ::_exit(sandbox::start(plan, filters).ok() ? 0 : 1);
  }
  ::close(pipe[1]);
  int status = 1;
  ::waitpid(starter, &status, 0);
  CHECK(status == 0);
  char letter = 0;
  ::alarm(20);
  CHECK(::read(pipe[0], &letter, 1) == 0);
  ::alarm(0);
  ::close(pipe[0]);
}

TEST_CASE("the limit on processes holds, or is reported as not held") {
  Workbench bench(ids());
  auto plan = shell(bench, "for i in $(seq 60); do sleep 5 & done; echo all; kill $(jobs -p)");
  plan.limits.processes = 30;
  const auto ran = run(std::move(plan));
  REQUIRE_MESSAGE(ran.ok(), base::describe(ran.error()));
  const bool reported = std::ranges::find(ran->unlimited, "processes") != ran->unlimited.end();
  const bool refused = ran->out.find("Resource temporarily unavailable") != std::string::npos;
  CHECK(reported != refused);
}

TEST_CASE("an overlay shows a person's folder, and changes land elsewhere") {
  Workbench bench(ids());
  const auto lower = bench.folder() + "/mine";
  std::filesystem::create_directory(lower);
  std::ofstream(lower + "/old") << "old\n";
  // The person's alone: mode 0700 and 0600.
  ::chmod(lower.c_str(), 0700);
  ::chmod((lower + "/old").c_str(), 0600);
  bench.facts.folder = lower;
  if (ids().is_machine_root) {
    // A person who is not root owns it.
    bench.facts.folder_uid = bench.facts.folder_gid = 4242;
    for (const auto& path : {lower, lower + "/old"})
      REQUIRE(::chown(path.c_str(), 4242, 4242) == 0);
  }
  bench.own_folder(bench.layout.upper());
  bench.own_folder(bench.layout.work());
  const auto ran = run(shell(bench, "cat old && echo new > new && echo changed > old && cat old && ls"));
  REQUIRE_MESSAGE(ran.ok(), base::describe(ran.error()));
  CHECK(ran->out == "old\nchanged\nnew\nold\n");
  std::string line;
  std::ifstream(lower + "/old") >> line;
  CHECK(line == "old");
  CHECK_FALSE(std::filesystem::exists(lower + "/new"));
  CHECK(std::filesystem::exists(bench.layout.upper() + "/new"));
}
