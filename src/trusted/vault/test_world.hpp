// A vault with everything around it, in a folder that goes away: for tests only.
#pragma once

#include <sys/resource.h>

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "vault/passkey_desk.hpp"
#include "vault/vault.hpp"
#include "wire/secret_member.hpp"

namespace x1::vault::testing {

// Put together at run time, so that the password is not in the program's own text either.
inline std::string canary() {
  std::string text = "k7q";
  for (int i = 0; i < 8; ++i)
    text += static_cast<char>('a' + (i * 7) % 26);
  return text + "-canary";
}

struct FakeLogin final : LoginTrial {
  void attempt(const Record&, Done done) override {
    ++tried;
    if (!hold) return done(outcome);
    held.push_back(std::move(done));
  }
  void answer_all() {
    for (auto& done : std::exchange(held, {}))
      done(outcome);
  }
  base::Status outcome = base::Done{};
  bool hold = false;
  int tried = 0;
  std::vector<Done> held;
};

struct World {
  static constexpr std::uint16_t platform_port = 7811;
  // What a test does differently from a release that is in order.
  struct Change {
    std::function<void(policy::TurnCertificate&)> turn = [](auto&) {};
    std::function<void(policy::ConsentToken&)> consent = [](auto&) {};
    std::function<void(policy::ReleaseRequest&)> request = [](auto&) {};
    const crypto::SigningKey* turn_key = nullptr;
    const crypto::SigningKey* consent_key = nullptr;
    const crypto::SigningKey* boot_key = nullptr;
    std::string channel = "s1";
  };

  World() {
    std::string name = (std::filesystem::temp_directory_path() / "x1-vault-XXXXXX").string();
    X1_CHECK(::mkdtemp(name.data()) != nullptr);
    folder = name;
    start();
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() {
    if (full_) {
      rlimit limit{};
      ::getrlimit(RLIMIT_FSIZE, &limit);
      limit.rlim_cur = limit.rlim_max;
      ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    std::filesystem::remove_all(folder);
  }

  void start(std::uint16_t port = platform_port) {
    keys.emplace(load_or_create_keys(folder).value());
    store.emplace(RecordStore::open(folder + "/secrets", keys->storage, random).value());
    ConsentUses uses;
    std::uint64_t last_keys = first_set;
    PasskeyHistory pinned;
    journal.emplace(Journal::open(folder + "/audit.jsonl", keys->audit, [&](const audit::Row& row) {
                      replay(row, uses), replay(row, last_keys), replay(row, pinned);
                    }).value());
    api_keys.emplace(ApiKeys::open(api_set, last_keys, *journal, clock).value());
    passkeys.emplace(
        PasskeyDesk::open(folder + "/passkeys", keys->storage, random, *journal, clock, *api_keys, std::move(pinned))
            .value());
    vault.emplace(*keys, *store, *journal, login, clock, *api_keys, port, std::move(uses));
  }
  void restart(std::uint16_t port = platform_port) {
    vault.reset(), passkeys.reset(), api_keys.reset(), journal.reset(), store.reset(), keys.reset();
    start(port);
  }
  // Every later write to a file fails, as on a full disk.
  void fill_disk() {
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 1;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    full_ = true;
  }

  crypto::Digest request_digest() const { return crypto::sha256(std::string_view("a planned request")); }

  seam::vault::Keep keep_message(const std::string& connection, const std::string& owner,
                                 const std::string& url = "https://cal.example.org/ada/home/",
                                 const std::vector<std::string>& confirmed = {}) const {
    const auto password = crypto::Secret::copy_of(base::as_bytes(canary())).value();
    const auto json = wire::json_with_secret(
                          wire::Value::Object{{"version", 1},
                                              {"kind", "caldav"},
                                              {"url", url},
                                              {"user", "ada"},
                                              {"confirmed", wire::Value::Array(confirmed.begin(), confirmed.end())}},
                          "password", password)
                          .value();
    return {3, connection, owner, crypto::seal(json, keys->box.public_key())};
  }
  seam::vault::ToApi keep(const std::string& connection, const std::string& owner) {
    return keep(keep_message(connection, owner));
  }
  seam::vault::ToApi keep(const seam::vault::Keep& message) {
    std::optional<seam::vault::ToApi> answer;
    vault->keep(message, [&](auto said) { answer = std::move(said); });
    return answer.value();
  }

  seam::vault::Release tokens(const Change& change) const {
    const auto now = clock.now();
    const auto session = base::SessionId::parse("s1").value();
    const auto actor = base::UserId::parse("ada").value();
    const auto connection = base::ConnectionId::parse("home").value();
    policy::TurnCertificate turn{session,
                                 base::TurnNumber{3},
                                 actor,
                                 crypto::sha256(std::string_view("hi")),
                                 crypto::sha256(std::string_view("{}")),
                                 boot.public_key(),
                                 now,
                                 now + std::chrono::hours(1)};
    policy::ConsentToken consent{"consent1",
                                 base::ChallengeId::parse("ch1").value(),
                                 session,
                                 actor,
                                 "calendar.read",
                                 connection,
                                 crypto::sha256(std::string_view("shown")),
                                 policy::Lifetime::once,
                                 std::nullopt,
                                 now,
                                 now + std::chrono::minutes(5)};
    policy::ReleaseRequest request{base::CallId::parse("call1").value(),
                                   session,
                                   base::TurnNumber{3},
                                   connection,
                                   "calendar.read",
                                   request_digest(),
                                   now};
    change.turn(turn), change.consent(consent), change.request(request);
    const auto with = [](const crypto::SigningKey* other, const crypto::SigningKey& usual) -> const auto& {
      return other != nullptr ? *other : usual;
    };
    return {7, policy::sign(request, with(change.boot_key, boot)), policy::sign(turn, with(change.turn_key, api)),
            policy::sign(consent, with(change.consent_key, api))};
  }
  seam::vault::ToBroker release(const Change& change) {
    auto channel = Vault::channel(base::SessionId::parse(change.channel).value(), dialer.public_key(), clock.now());
    return send(tokens(change), channel);
  }
  seam::vault::ToBroker send(const seam::vault::Release& message) { return send(message, own); }
  seam::vault::ToBroker send(const seam::vault::Release& message, Vault::Channel& channel) {
    std::optional<seam::vault::ToBroker> answer;
    vault->release(channel, message, [&](auto said) { answer = std::move(said); });
    CHECK_FALSE(answer);  // not before its row is on the disk
    vault->flush();
    return answer.value();
  }
  std::vector<std::string> audit_lines() const { return journal->lines_after(0, 100'000).value(); }

  std::string folder;
  base::FakeClock clock{base::parse_time("2026-11-24T12:00:00.000Z").value()};
  crypto::SystemRandom random;
  crypto::SigningKey api = crypto::SigningKey::generate().value();
  crypto::SigningKey boot = crypto::SigningKey::generate().value();
  crypto::BoxKey dialer = crypto::BoxKey::generate().value();
  policy::KeySet api_set = policy::KeySet::of(api.public_key(), clock.now());
  Vault::Channel own{base::SessionId::parse("s1").value(), dialer.public_key(), Believed(clock.now())};
  FakeLogin login;
  std::optional<Keys> keys;
  std::optional<RecordStore> store;
  std::optional<Journal> journal;
  std::optional<ApiKeys> api_keys;
  std::optional<PasskeyDesk> passkeys;
  std::optional<Vault> vault;

 private:
  bool full_ = false;
};

}  // namespace x1::vault::testing
