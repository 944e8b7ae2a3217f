// D3: several API processes over one database. Whatever they do at the same time, and wherever one of them is killed,
// one question gets one consent, and what was acknowledged is there.
#include <doctest/doctest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "api/approve.hpp"
#include "api/decision.hpp"
#include "api/deny.hpp"
#include "api/desk_fixture.hpp"

using namespace x1;
using namespace x1::api;
using namespace x1::api::testing;

namespace {

struct Folder {
  Folder() {
    auto name = (std::filesystem::temp_directory_path() / "x1-two-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path path;
};

// A desk over a file. Nobody has the file open while the processes are made: SQLite's locks are a process's own.
struct SharedDesk {
  Folder folder;
  std::string path = (folder.path / "x1.db").string();
  Desk desk{path};

  std::vector<ChallengeRecord> ask(std::size_t count) {
    std::vector<ChallengeRecord> all;
    for (std::size_t i = 0; i < count; ++i)
      all.push_back(desk.asked("c" + std::to_string(i), desk.ada.user));
    return all;
  }
  // Runs `work` with services over a store of the new process's own.
  template <class Work>
  pid_t process(Work work) {
    const auto pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid > 0) return pid;
    const auto store = must(open_sqlite_store(path));
    auto services = services_over(*store);
    work(services);
    ::_exit(0);
  }
  Services services_over(Store& store) {
    return Services{store,      desk.clock,    desk.random,     desk.key,       desk.passwords,
                    desk.vault, desk.launcher, desk.identities, desk.announcer, desk.limits};
  }
  void close() { desk.store.reset(); }
  void reopen() { desk.store = must(open_sqlite_store(path)); }

  std::size_t messages_about(const ChallengeId& challenge) {
    std::size_t count = 0;
    std::string last;
    while (const auto message = must(desk.store->outbox().next(desk.session, last))) {
      last = message->id;
      if (message->challenge == challenge) ++count;
    }
    return count;
  }
};

approve::Input yes(const ChallengeRecord& challenge) {
  return {challenge.id, challenge.digest, policy::Lifetime::session, std::nullopt, std::nullopt};
}

// One byte each: what became of the question of that number.
void tell(int pipe, char outcome) {
  if (::write(pipe, &outcome, 1) != 1) ::_exit(2);
}

std::string all_of(int pipe) {
  std::string said;
  std::array<char, 512> buffer{};
  for (;;) {
    const auto got = ::read(pipe, buffer.data(), buffer.size());
    if (got <= 0) return said;
    said.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

char outcome_of(const base::Result<ChallengeRecord>& done) {
  if (done.ok()) return 'y';
  return done.error().code == base::Code::conflict ? 'n' : '?';
}

struct Pipe {
  Pipe() { REQUIRE(::pipe(ends.data()) == 0); }
  ~Pipe() {
    ::close(ends[0]);
    if (ends[1] >= 0) ::close(ends[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_writer() { ::close(std::exchange(ends[1], -1)); }
  std::array<int, 2> ends{-1, -1};
};

}  // namespace

TEST_CASE("D3: of many processes that answer one question at the same time, one mints the one consent") {
  constexpr std::size_t processes = 4;
  constexpr std::size_t questions = 12;
  SharedDesk shared;
  const auto asked = shared.ask(questions);
  shared.close();
  std::array<Pipe, processes> pipes;
  std::vector<pid_t> children;
  for (std::size_t each = 0; each < processes; ++each) {
    children.push_back(shared.process([&, each](Services& services) {
      const auto& ada = shared.desk.ada;
      for (const auto& challenge : asked) {
        const auto done = each % 2 == 0 ? approve::process(ada, yes(challenge), services)
                                        : deny::process(ada, {challenge.id}, services);
        tell(pipes.at(each).ends[1], outcome_of(done));
      }
    }));
  }
  std::array<std::string, processes> said;
  for (std::size_t each = 0; each < processes; ++each) {
    pipes.at(each).close_writer();
    CHECK(::waitpid(children.at(each), nullptr, 0) == children.at(each));
    said.at(each) = all_of(pipes.at(each).ends[0]);
    CAPTURE(said.at(each));
    REQUIRE(said.at(each).size() == questions);
    CHECK(said.at(each).find('?') == std::string::npos);
  }
  shared.reopen();
  for (std::size_t i = 0; i < questions; ++i) {
    CAPTURE(i);
    std::size_t yeses = 0;
    std::size_t winners = 0;
    for (std::size_t each = 0; each < processes; ++each) {
      if (said.at(each).at(i) != 'y') continue;
      ++winners;
      yeses += each % 2 == 0 ? 1U : 0U;
    }
    CHECK(winners == 1);
    auto& consents = shared.desk.store->consents();
    const auto state = must(consents.challenge(asked.at(i).id))->state;
    CHECK(must(consents.consent(asked.at(i).id)).has_value() == (yeses == 1));
    CHECK(shared.messages_about(asked.at(i).id) == yeses);
    CHECK(state == (yeses == 1 ? ChallengeState::approved : step::DeclineChallenge::to));
  }
}

TEST_CASE("D3: a decision on a question as it was read before another's decision is none") {
  Desk desk;
  auto& services = desk.services;
  const auto challenge = desk.asked("c1", desk.ada.user);
  const auto decide = [&] {
    return services.store.transaction(
        [&] { return decided(services, challenge, ChallengeState::denied, "consent.denied", ""); });
  };
  CHECK(decide().ok());
  CHECK(decide().error().code == base::Code::conflict);
}

TEST_CASE(
    "D3: wherever the process is killed, a yes that was acknowledged is there, and the others whole or not at all") {
  constexpr std::size_t questions = 24;
  for (const std::size_t heard : {1U, 3U, 8U, 15U}) {
    CAPTURE(heard);
    SharedDesk shared;
    const auto asked = shared.ask(questions);
    shared.close();
    Pipe pipe;
    const auto child = shared.process([&](Services& services) {
      for (const auto& challenge : asked)
        tell(pipe.ends[1], outcome_of(approve::process(shared.desk.ada, yes(challenge), services)));
    });
    pipe.close_writer();
    std::string said(heard, '\0');
    for (auto& each : said)
      REQUIRE(::read(pipe.ends[0], &each, 1) == 1);
    ::kill(child, SIGKILL);
    CHECK(::waitpid(child, nullptr, 0) == child);
    said += all_of(pipe.ends[0]);
    CHECK(said.find_first_not_of('y') == std::string::npos);
    shared.reopen();
    for (std::size_t i = 0; i < questions; ++i) {
      CAPTURE(i);
      auto& consents = shared.desk.store->consents();
      const bool minted = must(consents.consent(asked.at(i).id)).has_value();
      if (i < said.size()) CHECK(minted);
      CHECK(shared.messages_about(asked.at(i).id) == (minted ? 1U : 0U));
      CHECK(must(consents.challenge(asked.at(i).id))->state ==
            (minted ? ChallengeState::approved : ChallengeState::pending));
      // The person who heard nothing asks again: one consent, whoever minted it.
      auto services = shared.services_over(*shared.desk.store);
      const auto again = approve::process(shared.desk.ada, yes(asked.at(i)), services);
      CHECK(again.ok() == !minted);
      CHECK(shared.messages_about(asked.at(i).id) == 1);
    }
  }
}
