// Sessions as `x1 run` starts them, with the real programs: what the agent sees, what remains of it, what ends it.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fstream>
#include <map>
#include <sstream>
#include <tuple>

#include "e2e/platform_world.hpp"

namespace x1::testing {
namespace {

struct Ran {
  int status = -1;
  std::string out;
};

// x1 with these arguments, on nobody's terminal. Its output so far is in `out` as soon as a line has come.
class Command {
 public:
  Command(const PlatformWorld& world, std::vector<std::string> arguments) {
    auto pipe = launch::make_pipe();
    if (!pipe.ok()) std::abort();
    child_ = ::fork();
    if (child_ == 0) {
      const os::Fd nothing(::open("/dev/null", O_RDONLY));
      ::dup2(nothing.get(), 0);
      ::dup2(pipe->write.get(), 1);
      arguments.insert(arguments.begin(), {world.options().programs + "/x1", "--state", world.state()});
      std::vector<char*> words;
      for (auto& word : arguments)
        words.push_back(word.data());
      words.push_back(nullptr);
      ::execv(words.front(), words.data());
      ::_exit(127);
    }
    out_ = std::move(pipe->read);
  }
  ~Command() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  // Blocks until the agent has written something.
  [[nodiscard]] std::string first_words() const {
    std::array<char, 4096> buffer{};
    const auto got = ::read(out_.get(), buffer.data(), buffer.size());
    return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : std::string();
  }

  Ran finish() {
    Ran ran;
    auto rest = os::read_all(out_.get());
    if (rest.ok()) ran.out = std::move(*rest);
    int status = 0;
    ::waitpid(std::exchange(child_, -1), &status, 0);
    ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    std::erase(ran.out, '\r');
    return ran;
  }

 private:
  pid_t child_ = -1;
  os::Fd out_;
};

Ran run(const PlatformWorld& world, std::vector<std::string> arguments) {
  return Command(world, std::move(arguments)).finish();
}

void start(PlatformWorld& world) {
  const auto port = world.start();
  REQUIRE_MESSAGE(port.ok(), (port.ok() ? "" : port.error().message));
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The status line of the answer to GET /api/v1/me on the platform's own socket.
std::string who_am_i(const PlatformWorld& world, const std::string& authorization) {
  auto socket = launch::connect_local(world.state() + "/run", "api.sock");
  REQUIRE(socket.ok());
  const auto request = "GET /api/v1/me HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n" + authorization + "\r\n";
  REQUIRE(::write(socket->get(), request.data(), request.size()) == static_cast<ssize_t>(request.size()));
  const auto answer = os::read_all(socket->get(), 64 * 1024);
  REQUIRE(answer.ok());
  return answer->substr(0, answer->find("\r\n"));
}

}  // namespace

TEST_CASE("E3: on the owner's own socket, too, nobody is anybody without a token, and x1 has one") {
  PlatformWorld world;
  start(world);
  CHECK(who_am_i(world, "") == "HTTP/1.1 401 Unauthorized");
  const auto told = run(world, {"token"});
  CHECK(told.status == 0);
  REQUIRE(told.out.size() == 44);
  CHECK(who_am_i(world, "authorization: Bearer " + told.out.substr(0, 43) + "\r\n") == "HTTP/1.1 200 OK");
  CHECK(run(world, {"sessions"}).status == 0);
}

TEST_CASE("a session ends with its agent's exit status, and nothing of it runs on") {
  PlatformWorld world;
  start(world);
  CHECK(run(world, {"run", "--", "sh", "-c", "exit 3"}).status == 3);
  const auto status = world.status();
  REQUIRE(status.ok());
  // x1 may be back before the last of them is: but what was there then ends by itself.
  for (const auto& process : status->processes) {
    if (process.session.empty()) continue;
    const auto watched = watch(process.pid);
    CHECK_MESSAGE((!watched || ended(watched, 10'000)), process.name);
  }
}

TEST_CASE("the turn of an agent that ends by itself is closed by how it ended, and x1 run ends with its status") {
  PlatformWorld world;
  start(world);
  // Gate answers nobody before the first turn is open: whoever has heard from it ends within that turn.
  const std::string after_gate =
      "u=${X1_URL#http://}; u=${u%%/*}; exec 3<>/dev/tcp/${u%:*}/${u##*:} && "
      "printf 'GET / HTTP/1.1\\r\\nhost: x\\r\\nconnection: close\\r\\n\\r\\n' >&3 && read -r line <&3; ";
  for (const auto& [script, status, outcome] :
       {std::tuple{"exit 0", 0, "completed"}, std::tuple{"exit 7", 7, "failed"}}) {
    const auto ran = run(world, {"--json", "run", "--", "bash", "-c", after_gate + script});
    CAPTURE(ran.out);
    CHECK(ran.status == status);
    CHECK(ran.out.find(std::string(R"("payload":{"outcome":")") + outcome + "\"}") != std::string::npos);
  }
}

TEST_CASE("the agent's environment is exactly what the platform gives every agent") {
  PlatformWorld world;
  start(world);
  ::setenv("X1_TEST_CANARY", "canary-in-the-environment", 1);
  const auto ran = run(world, {"run", "--", "/usr/bin/env"});
  CHECK(ran.status == 0);
  std::vector<std::string> names;
  std::istringstream lines(ran.out);
  for (std::string line; std::getline(lines, line);) {
    if (const auto equals = line.find('='); equals != std::string::npos) names.push_back(line.substr(0, equals));
  }
  std::ranges::sort(names);
  CHECK(names == std::vector<std::string>{"HOME", "LANG", "PATH", "SESSION_ID", "TERM", "TMPDIR", "X1_URL"});
}

TEST_CASE("a person's folder changes only by what they apply, and never by a link") {
  PlatformWorld world;
  start(world);
  const auto folder = world.folder() / "project";
  fs::create_directory(folder);
  std::ofstream(folder / "old.txt") << "old\n";
  std::ofstream(folder / "kept.txt") << "kept\n";
  const std::string script =
      "echo new > new.txt; rm old.txt; echo changed > kept.txt; mkdir -p a/b; echo x > a/b/c; ln -s /etc/passwd link";
  const auto discarded = run(world, {"run", "--workspace", folder.string(), "--discard", "--", "sh", "-c", script});
  CHECK(discarded.status == 0);
  CHECK(text_of(folder / "kept.txt") == "kept\n");
  CHECK_FALSE(fs::exists(folder / "new.txt"));

  const auto applied = run(world, {"run", "--workspace", folder.string(), "--apply", "--", "sh", "-c", script});
  CHECK(applied.status == 0);
  CHECK(text_of(folder / "kept.txt") == "changed\n");
  CHECK(text_of(folder / "new.txt") == "new\n");
  CHECK(text_of(folder / "a/b/c") == "x\n");
  CHECK_FALSE(fs::exists(folder / "old.txt"));
  CHECK_FALSE(fs::exists(fs::symlink_status(folder / "link")));
}

TEST_CASE("a folder around the state is refused as a workspace") {
  PlatformWorld world;
  start(world);
  CHECK(run(world, {"run", "--workspace", world.folder().string(), "--", "true"}).status != 0);
}

TEST_CASE("when its sidecar dies, the agent dies with it") {
  PlatformWorld world;
  start(world);
  Command command(world, {"run", "--", "sh", "-c", "echo here; sleep 1000"});
  REQUIRE(command.first_words().find("here") != std::string::npos);
  const auto status = world.status();
  REQUIRE(status.ok());
  os::Fd agent;
  os::Fd broker;
  for (const auto& process : status->processes) {
    if (process.name.starts_with("agent-")) agent = watch(process.pid);
    if (process.name.starts_with("broker-")) broker = watch(process.pid);
  }
  REQUIRE(agent);
  REQUIRE(broker);
  REQUIRE(::syscall(SYS_pidfd_send_signal, broker.get(), SIGKILL, nullptr, 0) == 0);
  CHECK(ended(agent, 10'000));
  CHECK(command.finish().status != 0);
}

namespace {

// The processes made ahead for the session that comes next: name and number.
std::map<std::string, std::uint32_t> made_ahead(const PlatformWorld& world) {
  std::map<std::string, std::uint32_t> found;
  const auto status = world.status();
  REQUIRE(status.ok());
  for (const auto& process : status->processes) {
    const bool of_a_session = process.name.starts_with("gate-") || process.name.starts_with("dialer-") ||
                              process.name.starts_with("resolver-");
    if (process.session.empty() && of_a_session) found[process.name] = process.pid;
  }
  return found;
}

}  // namespace

TEST_CASE("what is made ahead serves one session alone, and the next gets others") {
  PlatformWorld world;
  start(world);
  const auto first = made_ahead(world);
  CHECK(first.size() == 3);
  Command command(world, {"run", "--", "sh", "-c", "echo here; sleep 1000"});
  REQUIRE(command.first_words().find("here") != std::string::npos);
  std::map<std::string, std::uint32_t> of_session;
  os::Fd agent;
  for (const auto& process : world.status()->processes) {
    if (!process.session.empty()) of_session[process.name] = process.pid;
    if (process.name.starts_with("agent-")) agent = watch(process.pid);
  }
  for (const auto& [name, pid] : first)
    CHECK_MESSAGE(of_session[name] == pid, name);
  // The agent may speak before the platform has heard that its session is ready.
  auto next = made_ahead(world);
  for (int asked = 0; next.empty() && asked < 10'000; ++asked)
    next = made_ahead(world);
  CHECK(next.size() == 3);
  for (const auto& [name, pid] : next)
    CHECK_MESSAGE(!of_session.contains(name), name);
  REQUIRE(::syscall(SYS_pidfd_send_signal, agent.get(), SIGKILL, nullptr, 0) == 0);
  CHECK(command.finish().status != 0);
}

TEST_CASE("a session starts although what was made ahead for it has died") {
  PlatformWorld world;
  start(world);
  const auto ahead = made_ahead(world);
  REQUIRE(ahead.contains("gate-0"));
  const auto gate = watch(ahead.at("gate-0"));
  REQUIRE(::syscall(SYS_pidfd_send_signal, gate.get(), SIGKILL, nullptr, 0) == 0);
  REQUIRE(ended(gate, 10'000));
  CHECK(run(world, {"run", "--", "sh", "-c", "exit 3"}).status == 3);
}

}  // namespace x1::testing
