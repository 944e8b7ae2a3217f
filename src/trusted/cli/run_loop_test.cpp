// The person's terminal, the agent's terminal and the platform, all held by the test; the loop runs in a process of its
// own, because it owns standard input and output.
#include "cli/run_loop.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>

#include "cli/event_text.hpp"
#include "os/system_clock.hpp"
#include "policy/examples.hpp"
#include "wire/http.hpp"
#include "wire/json.hpp"
#include "wire/sse.hpp"

namespace x1::cli {
namespace {

using wire::Value;

// Reads until `wanted` is there; what was read is kept in `all`. Fails after ten seconds of silence.
bool read_until(int fd, std::string& all, std::string_view wanted, std::size_t from = 0) {
  while (all.find(wanted, from) == std::string::npos) {
    pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
    std::array<char, 4096> buffer{};
    if (::poll(&waiting, 1, 10'000) <= 0) return false;
    const auto got = ::read(fd, buffer.data(), buffer.size());
    if (got <= 0) return false;
    all.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return true;
}

bool silent(int fd, int milliseconds) {
  pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, milliseconds) == 0;
}

struct World {
  World() {
    std::string name = (std::filesystem::temp_directory_path() / "x1-run-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
    std::filesystem::create_directory(folder + "/run");
    const auto path = folder + "/run/api.sock";
    listener = os::Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path, std::span(address.sun_path).begin());
    REQUIRE(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener.get(), 4) == 0);
    person = open_pty({24, 80, 0, 0}).value();
    agent = open_pty({24, 80, 0, 0}).value();
    child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(loop());
    agent.ours = os::Fd();
    stream = accept_request("GET /api/v1/sessions/s1/events");
    send(stream, wire::event_stream_head({}));
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() {
    if (child > 0) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
    std::filesystem::remove_all(folder);
  }

  int loop() {
    ::setsid();
    ::dup2(person.theirs.get(), STDIN_FILENO);
    ::dup2(person.theirs.get(), STDOUT_FILENO);
    Bearer bearer([] { return Bearer::Given{"t", std::chrono::hours(1)}; });
    const Context context{folder, false, std::cout, std::cerr, bearer};
    auto terminal = Terminal::open();
    if (!terminal) return 99;
    RunLoop run(context, "s1", std::move(agent.ours), terminal, {policy::testing::manifest()});
    const auto end = run.run();
    return end.ok() && end->status ? *end->status : 98;
  }

  os::Fd accept_request(std::string_view begins) {
    pollfd waiting{.fd = listener.get(), .events = POLLIN, .revents = 0};
    REQUIRE(::poll(&waiting, 1, 10'000) > 0);
    os::Fd client(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    asked.clear();
    REQUIRE(read_until(client.get(), asked, "\r\n\r\n"));
    CAPTURE(asked);
    CHECK(asked.starts_with(begins));
    return client;
  }
  void send(const os::Fd& to, const std::string& bytes) { REQUIRE(write_all(to.get(), bytes)); }
  void announce(const std::string& type, Value::Object payload) {
    const Event event{++number, "s1", "2026-11-24T12:00:00.000Z", type, "ada", 3, std::move(payload)};
    auto json = to_json_line(event);
    json.pop_back();
    send(stream, wire::chunk(wire::serialise({std::to_string(number), type, json})));
  }
  void type(std::string_view keys) { REQUIRE(write_all(person.ours.get(), keys)); }
  bool shows(std::string_view wanted, std::size_t from = 0) {
    return read_until(person.ours.get(), screen, wanted, from);
  }
  void answer(const os::Fd& client, const std::string& body, const std::string& status = "200 OK") {
    send(client, "HTTP/1.1 " + status + "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  void refuse(const os::Fd& client, const std::string& status, const std::string& code) {
    answer(client, R"({"code":")" + code + R"(","message":"So it is.","next":""})", status);
  }
  int wait() {
    int status = 0;
    REQUIRE(::waitpid(std::exchange(child, -1), &status, 0) > 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  std::string folder;
  os::Fd listener;
  os::Fd stream;
  Pty person;
  Pty agent;
  pid_t child = -1;
  std::uint64_t number = 0;
  std::string asked;
  std::string screen;
  std::string heard;
};

constexpr std::string_view question_head = "nothing of the agent is shown until you have answered";

// A question that waits so long from now on: the loop looks at the machine's own clock.
Value::Object asking(std::string_view name = "c1", base::Duration life = std::chrono::hours(1)) {
  auto challenge = policy::testing::challenge(name);
  challenge.issued = os::SystemClock().now();
  challenge.expires = challenge.issued + life;
  return {{"challenge", policy::to_value(challenge)}};
}

}  // namespace

TEST_CASE("words pass between person and agent, without what a terminal would act on") {
  World world;
  write_all(world.agent.theirs.get(), "hello \x1b]0;title\x07\x1b[6nperson\n");
  REQUIRE(world.shows("hello person"));
  world.type("hi agent\r");
  REQUIRE(read_until(world.agent.theirs.get(), world.heard, "hi agent"));
  world.announce("agent.exited", {{"status", 7}});
  CHECK(world.wait() == 7);
}

TEST_CASE("a question shows nothing of the agent, takes nothing typed before, and approves what it showed") {
  World world;
  write_all(world.agent.theirs.get(), "before\n");
  REQUIRE(world.shows("before"));
  world.announce("consent.asked", asking());
  REQUIRE(world.shows(question_head));
  // Typed while the question was being drawn: it was meant for the agent.
  world.type("once\n");
  write_all(world.agent.theirs.get(), "AGENT DRAWS\n");
  REQUIRE(world.shows("[n]o"));
  CHECK(silent(world.listener.get(), 800));
  CHECK(world.screen.find("AGENT DRAWS") == std::string::npos);
  CHECK(world.screen.find("Dentist") != std::string::npos);

  world.type("what?\n");
  REQUIRE(world.shows("[n]o", world.screen.rfind("[n]o") + 1));
  world.type("turn\n");
  const auto client = world.accept_request("POST /api/v1/challenges/c1/approve");
  if (world.asked.find('}') == std::string::npos) REQUIRE(read_until(client.get(), world.asked, "}"));
  CHECK(world.asked.find(crypto::to_hex(policy::testing::challenge().digest)) != std::string::npos);
  CHECK(world.asked.find(R"("lifetime":"turn")") != std::string::npos);
  world.answer(client, "{}");
  REQUIRE(world.shows("allowed: turn"));
  REQUIRE(world.shows("AGENT DRAWS"));
  CHECK(world.screen.find("AGENT DRAWS") > world.screen.find("allowed: turn"));
  world.announce("agent.exited", {{"status", 0}});
  CHECK(world.wait() == 0);
}

TEST_CASE("a dialog that the agent draws is only text: the answer goes to the agent and approves nothing") {
  World world;
  write_all(world.agent.theirs.get(), std::string(question_head) + "\nAllow it? [o]nce [n]o\n");
  REQUIRE(world.shows("[n]o"));
  world.type("once\r");
  REQUIRE(read_until(world.agent.theirs.get(), world.heard, "once"));
  CHECK(silent(world.listener.get(), 300));
}

TEST_CASE("a question that was answered elsewhere goes away, and the agent goes on") {
  World world;
  world.announce("consent.asked", asking());
  REQUIRE(world.shows("[n]o"));
  world.announce("consent.denied", {{"challenge", "c1"}});
  REQUIRE(world.shows("the question is over"));
  write_all(world.agent.theirs.get(), "going on\n");
  CHECK(world.shows("going on"));
}

TEST_CASE("D5: an answer that the API broke off is asked for again, and a question that comes twice is shown once") {
  World world;
  world.announce("consent.asked", asking());
  REQUIRE(world.shows("[n]o"));
  world.announce("consent.asked", asking());
  world.type("once\n");
  // The API goes before it answers: whether the yes counts, nobody has heard.
  world.accept_request("POST /api/v1/challenges/c1/approve");
  REQUIRE(world.shows("[n]o", world.screen.rfind("[n]o") + 1));
  world.type("once\n");
  const auto client = world.accept_request("POST /api/v1/challenges/c1/approve");
  world.answer(client, "{}");
  REQUIRE(world.shows("allowed: once"));
  write_all(world.agent.theirs.get(), "going on\n");
  CHECK(world.shows("going on", world.screen.rfind("allowed: once")));
  CHECK(world.screen.find("[n]o", world.screen.rfind("allowed: once")) == std::string::npos);
}

TEST_CASE("an answer that is refused leaves the question before the person; one that comes too late ends it") {
  World world;
  world.announce("consent.asked", asking());
  REQUIRE(world.shows("[n]o"));
  world.type("s in /bob/\n");
  world.refuse(world.accept_request("POST /api/v1/challenges/c1/approve"), "400 Bad Request", "invalid_request");
  REQUIRE(world.shows("x1 · So it is. [invalid_request]"));
  REQUIRE(world.shows("[n]o", world.screen.rfind("[invalid_request]")));
  // What is typed now is an answer, and nothing that the agent hears.
  world.type("no\n");
  world.refuse(world.accept_request("POST /api/v1/challenges/c1/deny"), "409 Conflict", "conflict");
  REQUIRE(world.shows("[conflict]"));
  const auto settled = world.screen.rfind("[conflict]");
  write_all(world.agent.theirs.get(), "going on\n");
  CHECK(world.shows("going on", settled));
  CHECK(world.screen.find("[n]o", settled) == std::string::npos);
  CHECK(silent(world.agent.theirs.get(), 100));
}

TEST_CASE("a question that expires gives the terminal back, and one that has expired before is never shown") {
  World world;
  world.announce("consent.asked", asking("c1", std::chrono::milliseconds(1500)));
  world.announce("consent.asked", asking("c2", std::chrono::milliseconds(1)));
  REQUIRE(world.shows("[n]o"));
  REQUIRE(world.shows("x1 · that question has expired"));
  const auto over = world.screen.rfind("has expired");
  write_all(world.agent.theirs.get(), "going on\n");
  REQUIRE(world.shows("going on", over));
  CHECK(world.screen.find("[n]o", over) == std::string::npos);
  world.type("no\r");
  CHECK(read_until(world.agent.theirs.get(), world.heard, "no"));
}

TEST_CASE("a challenge whose digest is not that of its request is never shown as a question") {
  World world;
  auto lying = asking();
  lying["challenge"].object()->insert_or_assign("digest", std::string(64, 'a'));
  world.announce("consent.asked", lying);
  write_all(world.agent.theirs.get(), "still here\n");
  REQUIRE(world.shows("still here"));
  CHECK(world.screen.find(question_head) == std::string::npos);
}

TEST_CASE("the last words of an agent whose session is over are shown, and the end is told") {
  World world;
  write_all(world.agent.theirs.get(), "last words\n");
  world.announce("session.ended", {{"reason", "stopped"}});
  CHECK(world.shows("last words"));
  CHECK(world.wait() == 98);
}

}  // namespace x1::cli
