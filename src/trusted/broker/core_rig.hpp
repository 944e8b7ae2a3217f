// A core over real files and a bus that the test answers for: what the tests of the broker's desks share.
#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>

#include <deque>
#include <filesystem>
#include <string>

#include "broker/core.hpp"
#include "broker/journal.hpp"
#include "policy/examples.hpp"

namespace x1::broker::testing {

namespace examples = policy::testing;

// Keeps what it is asked until the test takes it.
struct ManualBus final : BusPort {
  struct Asked {
    std::string subject;
    std::string payload;
    base::Duration deadline;
    OnAnswer then;
  };
  std::deque<Asked> asked;

  void request(std::string subject, std::string payload, base::Duration deadline, OnAnswer then) override {
    asked.push_back({std::move(subject), std::move(payload), deadline, std::move(then)});
  }
  void serve(std::string, OnRequest) override {}
  void answer(const std::string&, std::string) override {}
  std::string shown = "own-1";
  int reconnects = 0;
  [[nodiscard]] std::string jwt() const override { return shown; }
  void renew(std::string jwt) override { shown = std::move(jwt); }
  void reconnect() override { ++reconnects; }

  // The oldest whose subject ends so.
  Asked take(std::string_view subject_end) {
    const auto found =
        std::ranges::find_if(asked, [&](const Asked& each) { return each.subject.ends_with(subject_end); });
    REQUIRE(found != asked.end());
    auto taken = std::move(*found);
    asked.erase(found);
    return taken;
  }
};

inline std::string new_folder() {
  auto name = (std::filesystem::temp_directory_path() / "x1-broker-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  return name;
}

struct CoreRig {
  CoreRig() = default;
  ~CoreRig() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  CoreRig(const CoreRig&) = delete;
  CoreRig& operator=(const CoreRig&) = delete;

  template <class Condition>
  void until(Condition done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done()) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      context.restart();  // it stops whenever nothing is under way
      context.run_one_for(std::chrono::milliseconds(5));
    }
  }

  boost::asio::io_context context{1};
  std::string folder = new_folder();
  base::FakeClock clock{examples::at(15)};
  log::Log log{"x1-sidecar", clock};
  crypto::SystemRandom random;
  crypto::SigningKey key = crypto::SigningKey::generate().value();
  crypto::SigningKey api_key = crypto::SigningKey::generate().value();
  base::SessionId session = examples::id<base::SessionId>("s1");
  Toolbox toolbox = Toolbox::make({examples::manifest()}).value();
  Journal journal = Journal::open(folder + "/journal", "s1", key, [](const audit::Row&) {
                      return base::Status(base::Done{});
                    }).value();
  EventLog events = EventLog::open(folder + "/events", session, key, clock).value();
  Commit commit{context, journal};
  ManualBus bus;
  Memory memory;
  Core core{.context = context,
            .clock = clock,
            .random = random,
            .log = log,
            .key = key,
            .session = session,
            .api_keys = policy::KeySet::of(api_key.public_key()),
            .toolbox = toolbox,
            .bus = bus,
            .memory = memory,
            .turns = Turns(session, key.public_key(), 0),
            .commit = commit,
            .events = events,
            .on_event = {}};
};

}  // namespace x1::broker::testing
