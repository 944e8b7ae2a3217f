// The control socket: who is let in, and how the owner's bearer gets from the API to them.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <filesystem>
#include <thread>

#include "launch/bearers.hpp"
#include "launch/control_client.hpp"
#include "launch/control_server.hpp"
#include "launch/layout.hpp"
#include "launch/wires.hpp"

namespace x1::launch {
namespace {

constexpr uid_t somebody_else = 65533;

// A control socket that gives everybody whom it lets in a bearer.
struct Supervisor {
  Supervisor() {
    std::string name = (std::filesystem::temp_directory_path() / "x1-control-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    state = name;
    std::filesystem::create_directory(Layout(state).run());
    auto listener = listen_local(Layout(state).run(), "control.sock");
    REQUIRE(listener.ok());
    server.emplace(context, std::move(*listener),
                   [](const control::ToSupervisor& question, std::optional<os::Fd>, const ControlServer::Reply& reply) {
                     CHECK(std::holds_alternative<control::AskBearer>(question));
                     reply(control::Bearer{"tok", 900});
                   });
    thread = std::jthread([this] { context.run(); });
  }
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;
  ~Supervisor() {
    context.stop();
    thread.join();
    server.reset();
    std::filesystem::remove_all(state);
  }
  std::string state;
  boost::asio::io_context context;
  std::optional<ControlServer> server;
  std::jthread thread;
};

struct Asked {
  std::vector<control::FromSupervisor> answers;
  ControlServer::Reply reply() {
    return [this](control::FromSupervisor answer) { answers.push_back(std::move(answer)); };
  }
};

}  // namespace

TEST_CASE("the owner's own program gets a bearer over the control socket") {
  const Supervisor supervisor;
  auto client = ControlClient::connect(supervisor.state);
  REQUIRE(client.ok());
  const auto bearer = client->bearer();
  REQUIRE(bearer.ok());
  CHECK(bearer->token == "tok");
  CHECK(bearer->seconds == 900);
}

TEST_CASE("the control socket hangs up on another user, even one who gets as far as connecting") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: only root can become another user");
    return;
  }
  const Supervisor supervisor;
  // What usually keeps others away is taken away: only the kernel's word is left.
  REQUIRE(::chmod(supervisor.state.c_str(), 0755) == 0);
  REQUIRE(::chmod(Layout(supervisor.state).run().c_str(), 0755) == 0);
  REQUIRE(::chmod((Layout(supervisor.state).run() + "/control.sock").c_str(), 0666) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (::setresuid(somebody_else, somebody_else, somebody_else) != 0) ::_exit(10);
    auto client = ControlClient::connect(supervisor.state);
    if (!client.ok()) ::_exit(11);
    ::_exit(client->bearer().ok() ? 12 : 0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("each who asks for a bearer or a link gets the API's answer to their own question, once") {
  std::vector<std::uint64_t> minted;
  Bearers bearers([&](seam::launch::ToApi message) {
    const auto* link = std::get_if<seam::launch::MintLink>(&message);
    CHECK((link != nullptr) == (minted.size() == 1));
    minted.push_back(link != nullptr ? link->number : std::get<seam::launch::MintBearer>(message).number);
  });
  Asked first;
  Asked second;
  bearers.ask_bearer(first.reply());
  bearers.ask_link(second.reply());
  REQUIRE(minted.size() == 2);
  bearers.took(seam::launch::Minted{minted[1], "b", 900});
  bearers.took(seam::launch::Minted{minted[1], "again", 900});
  bearers.took(seam::launch::Minted{77, "nobody's", 900});
  CHECK(first.answers.empty());
  REQUIRE(second.answers.size() == 1);
  CHECK(std::get<control::Bearer>(second.answers[0]).token == "b");
  bearers.took(seam::launch::MintRefused{minted[0], base::Code::storage_failed, "The disk is full."});
  REQUIRE(first.answers.size() == 1);
  CHECK(std::get<control::Refused>(first.answers[0]).code == base::Code::storage_failed);
}

TEST_CASE("who waits for a bearer when the API ends is told so, and not too many wait") {
  Bearers bearers([](const seam::launch::ToApi&) {});
  Asked waiting;
  for (std::size_t i = 0; i < Bearers::max_waiting; ++i)
    bearers.ask_bearer(waiting.reply());
  CHECK(waiting.answers.empty());
  Asked one_more;
  bearers.ask_bearer(one_more.reply());
  CHECK(std::get<control::Refused>(one_more.answers.at(0)).code == base::Code::too_many);
  bearers.give_up();
  CHECK(waiting.answers.size() == Bearers::max_waiting);
  CHECK(std::get<control::Refused>(waiting.answers.at(0)).code == base::Code::unavailable);
}

}  // namespace x1::launch
