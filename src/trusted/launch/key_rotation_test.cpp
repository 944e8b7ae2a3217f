// One key follows another, with the test as API, vault and brokers: in which order, and what is left of it when one of
// them is started again, says no, or says nothing.
#include "launch/key_rotation.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <filesystem>

#include "launch/api_keys.hpp"
#include "os/file.hpp"

namespace x1::launch {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "x1-rotation-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() {
    std::error_code error;
    fs::remove_all(path, error);
  }
  fs::path path;
};

// What an API does when it is asked: answers, or goes before or after it has done it, or says nothing, or no.
enum class Api { answers, goes_before, goes_after, silent, refuses };

struct World {
  // `restart`: how long it is waited for one that is started again.
  explicit World(std::chrono::milliseconds restart = 10s) : patience{.answer = 100ms, .restart = restart} {}

  control::FromSupervisor rotate(bool revoke = false) {
    std::optional<control::FromSupervisor> said;
    boost::asio::co_spawn(context, rotation.rotate(revoke),
                          [&](std::exception_ptr, control::FromSupervisor with) { said = std::move(with); });
    run();
    REQUIRE(said.has_value());
    return std::move(*said);
  }
  // Until nobody waits for anything any more.
  void run() {
    context.restart();
    context.run_for(20s);
  }
  bool whole(const control::FromSupervisor& said) {
    const auto* rotated = std::get_if<control::Rotated>(&said);
    return rotated != nullptr && rotated->key == crypto::to_text(signs.public_key()) && in_order() &&
           keys().keys.size() == 2;
  }
  bool not_at_all(const control::FromSupervisor& said) {
    return std::holds_alternative<control::Refused>(said) && in_order() && keys().keys.size() == 1;
  }
  // One key signs, the API has it, and everybody who runs believes the kept set.
  bool in_order() {
    const auto kept = keys();
    const bool one = std::ranges::count_if(kept.keys, [](const auto& key) { return !key.retired; }) == 1;
    const bool all = std::ranges::all_of(brokers, [&](const auto& each) { return each.second == kept.number; });
    return one && kept.keys.back().key == signs.public_key() && vault == kept.number && all;
  }
  [[nodiscard]] policy::KeySet keys() const { return read_api_keys(layout.api_keys()).value(); }
  crypto::SigningKey seed() const {
    const auto bytes = os::read_file(layout.api_seed(), 64).value();
    return crypto::SigningKey::from_seed(crypto::Secret::copy_of(base::as_bytes(bytes)).value()).value();
  }

  void ask_api(const seam::launch::ToApi& question) {
    if (api_away) return;
    const auto does = api.empty() ? Api::answers : api.front();
    if (!api.empty()) api.erase(api.begin());
    if (const auto* make = std::get_if<seam::launch::MakeKey>(&question)) return make_key(make->number, does);
    use_key(std::get<seam::launch::UseKey>(question), does);
  }
  void make_key(std::uint64_t number, Api does) {
    steps.emplace_back("make");
    if (does == Api::silent) return;
    if (does == Api::goes_before) return lose_api();
    next.emplace(crypto::SigningKey::generate().value());
    if (does == Api::goes_after) return lose_api();
    rotation.took(seam::launch::KeyMade{number, crypto::to_text(next->public_key())});
  }
  void use_key(const seam::launch::UseKey& asked, Api does) {
    steps.emplace_back(asked.revoke ? "use, revoke" : "use");
    if (does == Api::silent) return;
    if (does == Api::goes_before) return lose_api();
    if (does == Api::refuses) {
      return rotation.took(seam::launch::KeyFailed{asked.number, base::Code::storage_failed, "The disk is full."});
    }
    if (next && crypto::to_text(next->public_key()) == asked.key) {
      signs = std::move(*std::exchange(next, std::nullopt));
      const auto seed = signs.seed().value();
      REQUIRE(os::write_file(layout.api_seed(), base::as_text(seed.expose())).ok());
    }
    if (does == Api::goes_after) return lose_api();
    rotation.took(seam::launch::KeyUsed{asked.number, crypto::to_text(signs.public_key())});
  }
  // As Core does: it is gone, and after a while another one serves.
  void lose_api() {
    api_away = true;
    boost::asio::post(context, [this] {
      steps.emplace_back("API lost");
      rotation.api_lost();
      boost::asio::post(context, [this] {
        if (!comes_back) return;
        api_away = false;
        rotation.api_again();
      });
    });
  }

  Folder folder;
  Layout layout{folder.path.string()};
  base::FakeClock clock{base::from_unix_seconds(1'790'000'000)};
  Journal journal{LogFile::open(folder.path / "log").value(), clock};
  boost::asio::io_context context{1};
  crypto::SigningKey signs = (settle_first(), seed());
  std::optional<crypto::SigningKey> next;
  std::vector<Api> api;  // what it does next; after that it answers
  bool api_away = false;
  bool comes_back = true;
  std::uint64_t vault = 1;  // the number of the set that it believes
  int told = 0;             // sets
  int silent_from = 0;      // from that set on the vault says nothing, until it is started again; 0: it always answers
  int dies_at = 0;          // when it is told that set, the vault dies
  std::map<std::string, std::uint64_t> brokers{{"s1", 1}, {"s2", 1}};
  std::string silent;  // a broker that takes nothing
  std::string dies;    // a broker that goes when it is told, and is followed by another
  std::vector<std::string> steps;
  std::vector<std::string> ended;
  KeyRotation::Patience patience;
  KeyRotation rotation{context,
                       layout,
                       clock,
                       journal,
                       {.ask_api = [this](const seam::launch::ToApi& question) { ask_api(question); },
                        .restart_api =
                            [this] {
                              steps.emplace_back("restart API");
                              lose_api();
                            },
                        .restart_vault =
                            [this] {
                              steps.emplace_back("restart vault");
                              silent_from = 0;
                              vault_anew();
                            },
                        .tell_vault = [this](const seam::vault::UseKeys& set) { return tell_vault(set); },
                        .tell_brokers = [this](const seam::box::UseKeys& set) { return tell_brokers(set); },
                        .has_broker = [this](const std::string& session) { return brokers.contains(session); },
                        .end_session =
                            [this](const std::string& session, const std::string&) {
                              ended.push_back(session);
                              brokers.erase(session);
                            }},
                       patience};

  void settle_first() {
    for (const auto& each : {layout.keys(), layout.api()})
      fs::create_directory(each);
    REQUIRE(settle_api_keys(layout, clock.now()).ok());
  }
  // It begins with what is kept.
  void vault_anew() {
    vault = keys().number;
    rotation.begins_anew("");
  }
  // The API goes with it.
  void lose_vault() {
    boost::asio::post(context, [this] {
      lose_api();
      boost::asio::post(context, [this] { vault_anew(); });
    });
  }
  base::Status tell_vault(const seam::vault::UseKeys& set) {
    CHECK(keys().number == set.number);  // kept before anybody is told
    steps.emplace_back("tell");
    ++told;
    if (told == dies_at) return lose_vault(), base::Done{};
    if (silent_from != 0 && told >= silent_from) return base::Done{};
    vault = set.number;
    boost::asio::post(context, [this, number = set.number] { rotation.taken("", number, ""); });
    return base::Done{};
  }
  std::vector<std::string> tell_brokers(const seam::box::UseKeys& set) {
    std::vector<std::string> all;
    for (auto& [session, number] : brokers) {
      all.push_back(session);
      if (session == silent) continue;
      number = set.number;
      boost::asio::post(context, [this, who = session, is = set.number] {
        if (who == dies) return rotation.begins_anew(who);
        rotation.taken(who, is, "");
      });
    }
    return all;
  }
};

}  // namespace

TEST_CASE("F1: a key is believed by everybody before it signs, and the one before is retired after that") {
  World world;
  CHECK(world.whole(world.rotate()));
  CHECK(world.steps == std::vector<std::string>{"make", "tell", "use", "tell"});
  CHECK(world.keys().keys[0].retired);
  CHECK_FALSE(world.keys().keys[0].revoked);
  CHECK(world.ended.empty());
}

TEST_CASE("F1: of two rotations at once the second is refused") {
  World world;
  std::optional<control::FromSupervisor> second;
  world.api = {Api::answers};
  boost::asio::co_spawn(world.context, world.rotation.rotate(false), [](std::exception_ptr, const auto&) {});
  boost::asio::co_spawn(world.context, world.rotation.rotate(false),
                        [&](std::exception_ptr, control::FromSupervisor with) { second = std::move(with); });
  world.run();
  REQUIRE(second.has_value());
  CHECK(std::get<control::Refused>(*second).code == base::Code::conflict);
  CHECK(world.in_order());
}

TEST_CASE("D5, F1: a rotation during which the API is started again ends whole, or not at all") {
  for (const bool revoke : {false, true}) {
    const std::vector<std::vector<Api>> lives{{Api::goes_before},
                                              {Api::goes_after},
                                              {Api::answers, Api::goes_before},
                                              {Api::answers, Api::goes_after},
                                              {Api::answers, Api::goes_after, Api::goes_after}};
    for (const auto& does : lives) {
      CAPTURE(revoke);
      CAPTURE(does.size());
      World world;
      world.api = does;
      const auto said = world.rotate(revoke);
      // What an API has made nobody has heard of, so there is nothing to go on with.
      if (does.size() == 1) {
        CHECK(world.not_at_all(said));
      } else {
        CHECK(world.whole(said));
        CHECK(world.keys().keys[0].revoked == revoke);
      }
      CHECK(world.ended.empty());
    }
  }
}

TEST_CASE("F1: an API that does not say whether it signs with the new key is started again, and asked") {
  World world;
  world.api = {Api::answers, Api::silent};
  CHECK(world.whole(world.rotate()));
  CHECK(world.steps == std::vector<std::string>{"make", "tell", "use", "restart API", "API lost", "use", "tell"});
}

TEST_CASE("F1: when the API says no, nobody is left to believe a key that does not sign") {
  World world;
  world.api = {Api::answers, Api::refuses};
  CHECK(world.not_at_all(world.rotate()));
  CHECK(world.steps == std::vector<std::string>{"make", "tell", "use", "tell"});
  CHECK(world.whole(world.rotate()));
}

TEST_CASE("D5, F1: an API that never comes back leaves it open, and the next one that serves has it ended") {
  for (const auto last : {Api::goes_before, Api::goes_after}) {
    World world(200ms);
    world.api = {Api::answers, last};
    world.comes_back = false;
    CHECK(std::holds_alternative<control::Refused>(world.rotate()));
    CHECK_FALSE(world.in_order());
    world.api_away = false;
    world.rotation.api_again();
    world.run();
    CHECK(world.in_order());
    CHECK(world.keys().keys.size() == (last == Api::goes_after ? 2 : 1));
  }
}

TEST_CASE("F1: a broker that takes no key stops a rotation before anything has changed, and is ended by a revocation") {
  for (const bool revoke : {false, true}) {
    CAPTURE(revoke);
    World world;
    world.silent = "s2";
    const auto said = world.rotate(revoke);
    if (revoke) {
      CHECK(world.whole(said));
      CHECK(world.ended == std::vector<std::string>{"s2"});
      continue;
    }
    CHECK(std::holds_alternative<control::Refused>(said));
    CHECK(world.ended.empty());
    CHECK(world.keys().keys.size() == 1);
    CHECK(world.vault == world.keys().number);
    CHECK(world.brokers.at("s1") == world.keys().number);
  }
}

TEST_CASE("D5, F1: a broker that is started again meanwhile is nobody to wait for, and its session goes on") {
  World world;
  world.dies = "s2";
  CHECK(world.whole(world.rotate(true)));
  CHECK(world.ended.empty());
}

TEST_CASE("D5, F1: a vault that dies at either step, and the API with it, leaves no half of a rotation") {
  for (const int step : {1, 2}) {
    CAPTURE(step);
    World world;
    world.dies_at = step;
    CHECK(world.whole(world.rotate()));
    CHECK(world.ended.empty());
  }
}

TEST_CASE("F1: a vault that does not say that it knows the new key stops a rotation, and is started again") {
  World world;
  world.silent_from = 1;
  CHECK(world.not_at_all(world.rotate()));
  CHECK(world.steps == std::vector<std::string>{"make", "tell", "tell", "restart vault"});
}

TEST_CASE("F1: a vault that does not say that it takes the old key for retired is started again without it") {
  World world;
  world.silent_from = 2;
  CHECK(world.whole(world.rotate()));
  CHECK(world.steps == std::vector<std::string>{"make", "tell", "use", "tell", "restart vault"});
}

}  // namespace x1::launch
