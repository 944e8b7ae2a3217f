// For tests: the API's services over a store in memory, a clock that stands still, and ports that only note what they
// are asked.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "api/logins.hpp"
#include "api/services.hpp"
#include "api/session_life.hpp"
#include "api/sqlite_store.hpp"
#include "policy/challenge.hpp"

namespace x1::api::testing {

template <class T>
T must(base::Result<T> result) {
  if (!result.ok()) FAIL(describe(result.error()));
  return std::move(result).value();
}

template <class Id>
Id id(std::string_view text) {
  return must(Id::parse(text));
}

struct FakePasswords final : Passwords {
  void hash(std::string password, Then<std::string> then) override { then("hash of " + password); }
  void verify(std::string password, std::string hash, Then<bool> then) override { then(hash == "hash of " + password); }
};
struct FakeVault final : Vault {
  base::Result<Kept> outcome = Kept{"caldav", "https://example.org/ada/", "ada"};
  std::optional<base::Error> refusal;
  std::vector<std::string> forgotten;
  void keep(const ConnectionId&, const UserId&, base::Bytes, Then<Kept> then) override { then(outcome); }
  void forget(const ConnectionId& connection, const UserId& owner, Then<base::Done> then) override {
    if (refusal) return then(*refusal);
    forgotten.push_back(connection.text() + " of " + owner.text());
    then(base::Done{});
  }
  void change_passkey(bool, const policy::Passkey&, const std::string&, Then<wire::Value> then) override {
    then(wire::Value(wire::Value::Object{{"revision", 1}, {"items", wire::Value::Array{}}}));
  }
  void passkeys(const UserId&, Then<wire::Value> then) override {
    then(wire::Value(wire::Value::Object{{"revision", 0}, {"items", wire::Value::Array{}}}));
  }
};
struct FakeLauncher final : Launcher {
  bool there = true;
  std::vector<seam::launch::StartSession> started;
  std::vector<std::string> stopped;
  std::vector<std::string> resumed;
  Status start(seam::launch::StartSession session) override {
    if (!there) return base::Error{base::Code::unavailable, "The supervisor is gone.", ""};
    started.push_back(std::move(session));
    return base::Done{};
  }
  std::vector<std::string> killed;
  Status stop(const SessionId& session) override {
    stopped.push_back(session.text());
    return base::Done{};
  }
  Status kill(const SessionId& session) override {
    if (!there) return base::Error{base::Code::unavailable, "The supervisor is gone.", ""};
    killed.push_back(session.text());
    return base::Done{};
  }
  Status resume(seam::launch::ResumeSession session) override {
    resumed.push_back(session.session + " with " + session.sidecar_credentials);
    return base::Done{};
  }
  Status resume(seam::launch::ResumeProvider provider) override {
    resumed.push_back(provider.session + "." + provider.provider.domain + " with " + provider.provider.credentials);
    return base::Done{};
  }
};
struct FakeIdentities final : BusIdentities {
  base::Result<std::string> sidecar(const SessionId& session) override { return "creds of " + session.text(); }
  base::Result<std::vector<seam::launch::ProviderStart>> providers(const SessionId&) override {
    return std::vector<seam::launch::ProviderStart>{};
  }
  base::Result<seam::launch::ProviderStart> provider(const SessionId& session, const std::string& domain) override {
    return seam::launch::ProviderStart{domain, "creds of " + session.text() + "." + domain};
  }
  base::Result<std::string> renew(const SessionId& session, std::string_view jwt) override {
    return "renewed " + session.text() + " " + std::string(jwt);
  }
};
struct FakeAnnouncer final : Announcer {
  int events = 0;
  int turns = 0;
  int controls = 0;
  std::vector<std::string> logouts;
  std::vector<std::pair<SessionId, UserId>> departures;
  void event_added(const SessionId&) override { ++events; }
  void member_left(const SessionId& session, const UserId& user) override { departures.emplace_back(session, user); }
  void turn_waits(const SessionId&) override { ++turns; }
  void control_waits(const SessionId&) override { ++controls; }
  void logged_out(const std::string& token_hash) override { logouts.push_back(token_hash); }
};

// Two people, ada and bob; a running session of ada's with an open turn of hers, and a connection of hers.
struct Desk {
  std::unique_ptr<Store> store;
  base::FakeClock clock{base::TimePoint(std::chrono::hours(24 * 365 * 56))};
  crypto::SystemRandom random;
  crypto::SigningKey key = must(crypto::SigningKey::generate());
  crypto::SigningKey boot = must(crypto::SigningKey::generate());
  FakePasswords passwords;
  FakeVault vault;
  FakeLauncher launcher;
  FakeIdentities identities;
  FakeAnnouncer announcer;
  LoginLimits limits;
  Services services{*store, clock, random, key, passwords, vault, launcher, identities, announcer, limits};
  Caller ada{id<UserId>("ada"), false, ""};
  Caller bob{id<UserId>("bob"), false, ""};
  SessionId session = id<SessionId>("s1");
  ConnectionId connection = id<ConnectionId>("calendar");

  explicit Desk(const std::string& path = ":memory:") : store(must(open_sqlite_store(path))) {
    for (const auto* caller : {&ada, &bob}) {
      must(store->people().add_user(User{caller->user, caller->user.text(), false, clock.now()},
                                    "hash of " + caller->user.text()));
    }
    must(store->connections().add({connection, ada.user, "caldav", "https://example.org/ada/", "ada", clock.now()}));
    must(store->sessions().add({session, ada.user, SessionState::starting, {}, "", false, "", "", clock.now()}));
    must(took(services, seam::launch::SessionStarted{session.text(), crypto::to_text(boot.public_key())}));
    CHECK(must(store->turns().queue(session, ada.user, "hello", clock.now())) == 1);
    must(store->turns().open(session, 1, clock.now()));
  }

  [[nodiscard]] policy::Challenge question(std::string_view name, const UserId& actor) const {
    const wire::CanonicalRequest request{session,
                                         actor,
                                         "calendar_list_events",
                                         "calendar.read",
                                         connection,
                                         wire::Value::Object{{"day", "today"}, {"name", name}},
                                         {}};
    return {id<ChallengeId>(name),
            session,
            base::TurnNumber(1),
            request,
            digest_of(request),
            clock.now(),
            clock.now() + std::chrono::minutes(5)};
  }
  // Stored as asked.
  ChallengeRecord asked(std::string_view name, const UserId& actor) {
    const auto it = question(name, actor);
    const ChallengeRecord record{it.id,
                                 session,
                                 1,
                                 actor,
                                 "calendar.read",
                                 connection,
                                 it.digest,
                                 wire::Value::Object{{"challenge", policy::to_value(it)}},
                                 ChallengeState::pending,
                                 it.expires};
    must(store->consents().add_challenge(record));
    return record;
  }
  [[nodiscard]] std::size_t platform_rows() const { return must(store->journal().rows("platform", 0, 1'000)).size(); }
};

}  // namespace x1::api::testing
