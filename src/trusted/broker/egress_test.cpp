// One request on its way out, between a vault and a dialer that do what they are asked.
#include "broker/egress.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>

#include "broker/core_rig.hpp"
#include "os/socket.hpp"

using namespace x1;
using namespace x1::broker;
using namespace x1::broker::testing;

namespace {

struct World {
  World() {
    answer_at(*vault_end);
    dialer_end.start(
        [this](std::string_view frame) {
          auto asked = seam::decode_frame<seam::dialer::ToDialer>(frame).value();
          if (auto* dial = std::get_if<seam::dialer::Dial>(&asked)) {
            rows_when_dialled = journal.file().size();
            dialled.push_back(std::move(*dial));
          }
        },
        [](const base::Error&) {});
    vault.start([this] { vault_holds = false; });
    dialer.start([](const base::Error&) {});
  }
  // As a vault does.
  void answer_at(net::SeamChannel& end) {
    end.start(
        [this, &end](std::string_view frame) {
          const auto asked = seam::decode_frame<seam::vault::FromBroker>(frame).value();
          const auto id = released.emplace_back(std::get<seam::vault::Release>(asked).id);
          if (!answers) return;
          const auto sent =
              refuse ? end.send_message<seam::vault::ToBroker>(seam::vault::Refused{id, base::Code::forbidden, "No."})
                     : end.send_message<seam::vault::ToBroker>(seam::vault::Released{id, {1, 2, 3}});
          REQUIRE(sent.ok());
        },
        [](const base::Error&) {});
  }
  // A vault that was started again.
  void join_vault() {
    auto seam = os::socket_pair().value();
    vault_again.emplace(context, std::move(seam.second));
    answer_at(*vault_again);
    vault.attach(std::move(seam.first));
  }
  ~World() {
    if (full) {
      rlimit limit{};
      ::getrlimit(RLIMIT_FSIZE, &limit);
      limit.rlim_cur = limit.rlim_max;
      ::setrlimit(RLIMIT_FSIZE, &limit);
    }
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Every later write to a file fails, as on a full disk.
  void fill_disk() {
    full = true;
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 1;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }

  void send(std::uint32_t answer_limit = policy::max_answer_bytes) {
    const auto challenge = examples::challenge();
    const std::array grants{examples::grant(challenge, policy::Lifetime::session)};
    auto decision = policy::decide(examples::call(challenge), examples::manifest(), grants, examples::at(30));
    const auto permit = std::move(std::get<policy::Allow>(decision).permit);
    const std::array planned{examples::planned()};
    auto allowed = policy::decide_request(permit, planned[0], 0, planned, examples::manifest(), examples::connection());
    auto& wanted = std::get<policy::RequestPermit>(allowed);
    wanted.limit_answer(answer_limit);
    egress.send({1, 0}, std::move(wanted), turn(), [this](auto outcome, bool) {
      const auto* error = std::get_if<base::Error>(&outcome);
      outcomes.emplace_back(error == nullptr ? "answered" : std::string(base::to_string(error->code)));
    });
  }
  static TurnPtr turn() {
    const auto key = crypto::SigningKey::generate().value();
    return std::make_shared<const Turn>(
        Turn{{examples::id<base::SessionId>("s1"), base::TurnNumber{3}, examples::id<base::UserId>("ada"),
              crypto::sha256("go"), crypto::sha256("{}"), key.public_key(), examples::at(0), examples::at(3600)},
             "token",
             "go",
             {}});
  }
  template <class Condition>
  void until(Condition done) {
    rig.until(std::move(done));
  }

  using Pair = std::pair<os::Fd, os::Fd>;
  CoreRig rig;
  boost::asio::io_context& context = rig.context;
  base::FakeClock& clock = rig.clock;
  Commit& commit = rig.commit;
  Journal& journal = rig.journal;
  Pair vault_seam = os::socket_pair().value();
  Pair dialer_seam = os::socket_pair().value();
  std::optional<net::SeamChannel> vault_end{std::in_place, context, std::move(vault_seam.second)};
  std::optional<net::SeamChannel> vault_again;
  net::SeamChannel dialer_end{context, std::move(dialer_seam.second)};
  VaultLink vault{context, std::move(vault_seam.first), rig.key};
  DialerLink dialer{context, std::move(dialer_seam.first)};
  Egress egress{rig.core, vault, dialer};
  std::vector<std::uint64_t> released;
  std::vector<seam::dialer::Dial> dialled;
  std::uint64_t rows_when_dialled = 0;
  std::vector<std::string> outcomes;
  bool refuse = false;
  bool vault_holds = true;
  bool answers = true;
  bool full = false;
};

}  // namespace

TEST_CASE("H1: a request is dialled once its row is on the disk and its secret is released") {
  World world;
  world.send();
  CHECK(world.outcomes.empty());
  world.until([&] { return !world.dialled.empty(); });
  CHECK(world.rows_when_dialled > 0);
  CHECK(world.dialled[0].credential == base::Bytes{1, 2, 3});
  CHECK_FALSE(world.dialled[0].lane.empty());
}

TEST_CASE("D2: the dialer may take in no more of an answer than the permit lets in") {
  World world;
  world.send(77);
  world.until([&] { return !world.dialled.empty(); });
  CHECK(world.dialled[0].max_body_bytes == 77);
}

TEST_CASE("E1: what enters while row and secret are on their way keeps the request from being dialled") {
  World world;
  world.send();
  world.rig.memory.ledger.apply(policy::Entered{{policy::SourceKind::host, "https://evil.example"}, world.clock.now()});
  world.until([&] { return !world.outcomes.empty(); });
  CHECK(world.outcomes == std::vector<std::string>{"permission_required"});
  CHECK(world.dialled.empty());
}

TEST_CASE("H1: a request whose row can't be written is not dialled, though its secret was released") {
  World world;
  world.fill_disk();
  world.send();
  world.until([&] { return !world.outcomes.empty() && !world.released.empty(); });
  world.context.poll();
  CHECK(world.outcomes == std::vector<std::string>{"storage_failed"});
  CHECK(world.dialled.empty());
  // And from then on the vault is not even asked.
  world.send();
  world.until([&] { return world.outcomes.size() == 2; });
  CHECK(world.released.size() == 1);
}

TEST_CASE("a refusal of the vault is the outcome, and nothing is dialled") {
  World world;
  world.refuse = true;
  world.send();
  world.until([&] { return !world.outcomes.empty(); });
  CHECK(world.outcomes == std::vector<std::string>{"forbidden"});
  CHECK(world.dialled.empty());
}

TEST_CASE("a request that is cancelled is not dialled, whatever comes for it") {
  World world;
  world.send();
  world.egress.cancel(1);
  world.until([&] { return !world.released.empty(); });
  world.context.poll();
  CHECK(world.dialled.empty());
  CHECK(world.outcomes.empty());
}

TEST_CASE("a request under the number of one that is under way is refused, from the loop, and the first goes on") {
  World world;
  world.send();
  world.send();
  CHECK(world.outcomes.empty());
  world.until([&] { return !world.outcomes.empty() && !world.dialled.empty(); });
  world.context.poll();
  CHECK(world.outcomes == std::vector<std::string>{"internal"});
  CHECK(world.dialled.size() == 1);
}

TEST_CASE("a vault that is gone is the outcome of a request, told once and from the loop") {
  for (const bool noticed : {false, true}) {
    CAPTURE(noticed);
    World world;
    world.vault_end.reset();
    if (noticed) world.context.poll();
    world.send();
    CHECK(world.outcomes.empty());
    world.until([&] { return !world.outcomes.empty(); });
    world.context.poll();
    CHECK(world.outcomes == std::vector<std::string>{"unavailable"});
    CHECK(world.dialled.empty());
    CHECK(world.vault_holds);
  }
}

TEST_CASE("with the vault that was started again the next request goes out, and what the old one says is not heard") {
  World world;
  world.answers = false;
  world.send();
  world.until([&] { return world.released.size() == 1; });
  const auto old = world.released.front();
  // It had its answer under way when it went.
  REQUIRE(world.vault_end->send_message<seam::vault::ToBroker>(seam::vault::Released{old, {9}}).ok());
  world.join_vault();
  world.until([&] { return !world.outcomes.empty(); });
  world.context.poll();
  CHECK(world.outcomes == std::vector<std::string>{"unavailable"});
  CHECK(world.dialled.empty());
  world.answers = true;
  world.send();
  world.until([&] { return world.dialled.size() == 1; });
  CHECK(world.released.size() == 2);
  CHECK(world.vault_holds);
}

TEST_CASE("a vault that breaks the protocol is not waited for") {
  World world;
  REQUIRE(world.vault_end->send(seam::encode_frame(seam::vault::FromApi(seam::vault::Forget{1, "c", "o"}))).ok());
  world.until([&] { return !world.vault_holds; });
}

TEST_CASE("a row that nobody waits for is on the disk within moments, and with the next one that somebody waits for") {
  World world;
  audit::Entry entry;
  entry.time = world.clock.now();
  entry.kind = "call.finished";
  world.commit.record(entry);
  world.until([&] { return world.journal.file().size() > 0; });
  const auto size = world.journal.file().size();
  world.commit.record(entry);
  bool told = false;
  world.commit.record(entry, [&](const auto& row) { told = row.ok(); });
  world.until([&] { return told; });
  CHECK(world.journal.file().size() > size);
  CHECK_FALSE(world.journal.has_unsynced());
}
