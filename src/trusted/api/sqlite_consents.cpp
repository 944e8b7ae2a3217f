#include "api/columns.hpp"
#include "api/sqlite_store.hpp"
#include "wire/json.hpp"

namespace x1::api {
namespace {

using policy::Lifetime;

constexpr std::array lifetimes{Lifetime::once, Lifetime::turn, Lifetime::session, Lifetime::until};

ChallengeRecord read_challenge(Columns& row) {
  auto id = row.id<ChallengeId>();
  auto session = row.id<SessionId>();
  const auto turn = row.number();
  auto actor = row.id<UserId>();
  auto scope = row.text();
  auto connection = row.id<ConnectionId>();
  const auto digest = row.digest();
  auto asked = row.json();
  const auto state = row.one_of(policy::all_challenge_states);
  return ChallengeRecord{
      std::move(id), std::move(session), turn,  std::move(actor), std::move(scope), std::move(connection),
      digest,        std::move(asked),   state, row.time()};
}

constexpr std::string_view select_grants =
    "SELECT id, session, challenge, actor, scope, connection, lifetime, until, state, granted, uses, bytes, "
    "used_calls, "
    "used_bytes, within FROM grants ";

GrantRecord read_grant(Columns& row) {
  auto id = row.id<GrantId>();
  auto session = row.id<SessionId>();
  auto challenge = row.id<ChallengeId>();
  auto actor = row.id<UserId>();
  auto scope = row.text();
  auto connection = row.id<ConnectionId>();
  const auto lifetime = row.one_of(lifetimes);
  const auto until = row.optional_time();
  const auto state = row.one_of(policy::all_grant_states);
  const auto granted = row.time();
  const policy::Limits limits{row.optional_number(), row.optional_number()};
  const auto calls = row.number();
  return GrantRecord{std::move(id),
                     std::move(session),
                     std::move(challenge),
                     std::move(actor),
                     std::move(scope),
                     std::move(connection),
                     lifetime,
                     until,
                     state,
                     granted,
                     limits == policy::Limits{} ? std::nullopt : std::optional(limits),
                     {calls, row.number()},
                     row.optional_text()};
}

Denial read_denial(Columns& row) {
  auto challenge = row.id<ChallengeId>();
  auto session = row.id<SessionId>();
  auto actor = row.id<UserId>();
  auto scope = row.text();
  auto connection = row.id<ConnectionId>();
  return Denial{std::move(challenge), std::move(session),    std::move(actor),
                std::move(scope),     std::move(connection), row.time()};
}

policy::ConsentToken read_consent(Columns& row) {
  auto token = policy::consent_from(row.json());
  X1_CHECK(token.ok());
  return std::move(token).value();
}

class SqliteConsents final : public Consents {
 public:
  explicit SqliteConsents(store::Database& database) : database_(database) {}

  Status add_challenge(const ChallengeRecord& it) override {
    return done(database_.run(
        "INSERT INTO challenges (id, session, turn, actor, scope, connection, digest, asked, state, expires) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {it.id.text(), it.session.text(), cell(it.turn), it.actor.text(), it.scope, it.connection.text(),
         to_hex(it.digest), wire::canonical_json(it.asked), cell(to_string(it.state)), cell(it.expires)}));
  }
  Maybe<ChallengeRecord> challenge(const ChallengeId& id) override {
    return one(database_.query("SELECT id, session, turn, actor, scope, connection, digest, asked, state, expires "
                               "FROM challenges WHERE id = ?",
                               {id.text()}),
               read_challenge);
  }
  List<ChallengeRecord> challenges(const SessionId& session) override {
    return all(database_.query("SELECT id, session, turn, actor, scope, connection, digest, asked, state, expires "
                               "FROM challenges WHERE session = ? ORDER BY expires DESC, id LIMIT 100",
                               {session.text()}),
               read_challenge);
  }
  Status set_state(const ChallengeId& id, ChallengeState state) override {
    return changed_one(
        database_.run("UPDATE challenges SET state = ? WHERE id = ?", {cell(to_string(state)), id.text()}));
  }
  Status set_asked(const ChallengeId& id, const wire::Value& asked) override {
    return changed_one(
        database_.run("UPDATE challenges SET asked = ? WHERE id = ?", {wire::canonical_json(asked), id.text()}));
  }
  Status add_consent(const policy::ConsentToken& token) override {
    return done(database_.run("INSERT INTO consents (challenge, token) VALUES (?, ?)",
                              {token.challenge.text(), wire::canonical_json(to_value(token))}));
  }
  Maybe<policy::ConsentToken> consent(const ChallengeId& challenge) override {
    return one(database_.query("SELECT token FROM consents WHERE challenge = ?", {challenge.text()}), read_consent);
  }
  Status take_back(const SessionId& session, const UserId& actor) override {
    return done(
        database_.run("UPDATE consents SET taken_back = 1 WHERE challenge IN "
                      "(SELECT id FROM challenges WHERE session = ? AND actor = ?)",
                      {session.text(), actor.text()}));
  }
  base::Result<bool> is_taken_back(const ChallengeId& challenge) override {
    X1_TRY(taken, one(database_.query("SELECT taken_back FROM consents WHERE challenge = ?", {challenge.text()}),
                      [](Columns& row) { return row.number() != 0; }));
    return taken.value_or(false);
  }
  Status add_grant(const GrantRecord& it) override {
    return done(database_.run(
        "INSERT INTO grants (id, session, challenge, actor, scope, connection, lifetime, until, state, granted, "
        "uses, bytes, used_calls, used_bytes, within) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {it.id.text(), it.session.text(), it.challenge.text(), it.actor.text(), it.scope, it.connection.text(),
         cell(to_string(it.lifetime)), cell(it.until), cell(to_string(it.state)), cell(it.granted),
         cell(it.limits ? it.limits->uses : std::nullopt), cell(it.limits ? it.limits->bytes : std::nullopt),
         cell(it.used.calls), cell(it.used.bytes), cell(it.within)}));
  }
  Maybe<GrantRecord> grant(const GrantId& id) override {
    return one(database_.query(std::string(select_grants) + "WHERE id = ?", {id.text()}), read_grant);
  }
  List<GrantRecord> grants(const SessionId& session) override {
    return all(database_.query(std::string(select_grants) + "WHERE session = ? ORDER BY granted, id LIMIT 500",
                               {session.text()}),
               read_grant);
  }
  Status set_state(const GrantId& id, GrantState state) override {
    return changed_one(database_.run("UPDATE grants SET state = ? WHERE id = ?", {cell(to_string(state)), id.text()}));
  }
  Status set_used(const GrantId& id, const policy::Usage& used) override {
    return changed_one(database_.run("UPDATE grants SET used_calls = ?, used_bytes = ? WHERE id = ?",
                                     {cell(used.calls), cell(used.bytes), id.text()}));
  }
  Status revoke_all(const SessionId& session) override {
    return done(database_.run("UPDATE grants SET state = 'revoked' WHERE session = ? AND state IN ('live', 'revoking')",
                              {session.text()}));
  }
  // No LIMIT here and below: whoever takes back what a connection gave has to take back all of it.
  List<GrantRecord> live_grants(const ConnectionId& connection) override {
    return all(database_.query(std::string(select_grants) +
                                   "WHERE connection = ? AND state IN ('live', 'spent') AND session IN (SELECT id "
                                   "FROM sessions WHERE state IN ('starting', 'running')) ORDER BY granted, id",
                               {connection.text()}),
               read_grant);
  }
  List<ChallengeRecord> pending(const ConnectionId& connection) override {
    return all(database_.query("SELECT id, session, turn, actor, scope, connection, digest, asked, state, expires "
                               "FROM challenges WHERE connection = ? AND state = 'pending' AND session IN "
                               "(SELECT id FROM sessions WHERE state IN ('starting', 'running')) ORDER BY expires, id",
                               {connection.text()}),
               read_challenge);
  }
  List<GrantRecord> live_grants(const SessionId& session, const UserId& actor) override {
    return all(database_.query(std::string(select_grants) +
                                   "WHERE session = ? AND actor = ? AND state = 'live' ORDER BY granted, id",
                               {session.text(), actor.text()}),
               read_grant);
  }
  List<GrantRecord> live_grants(const SessionId& session) override {
    return all(database_.query(std::string(select_grants) + "WHERE session = ? AND state = 'live' ORDER BY granted, id",
                               {session.text()}),
               read_grant);
  }
  List<ChallengeRecord> pending(const SessionId& session, const UserId& actor) override {
    return all(database_.query("SELECT id, session, turn, actor, scope, connection, digest, asked, state, expires "
                               "FROM challenges WHERE session = ? AND actor = ? AND state = 'pending' "
                               "ORDER BY expires, id",
                               {session.text(), actor.text()}),
               read_challenge);
  }
  List<ChallengeRecord> approved(const SessionId& session, const UserId& actor) override {
    return all(database_.query("SELECT id, session, turn, actor, scope, connection, digest, asked, state, expires "
                               "FROM challenges WHERE session = ? AND actor = ? AND state = 'approved' "
                               "ORDER BY expires, id",
                               {session.text(), actor.text()}),
               read_challenge);
  }
  Status add_denial(const ChallengeId& challenge, TimePoint at) override {
    return done(database_.run("INSERT INTO denials (challenge, denied) VALUES (?, ?) ON CONFLICT DO NOTHING",
                              {challenge.text(), cell(at)}));
  }
  Status remove_denial(const ChallengeId& challenge) override {
    return done(database_.run("DELETE FROM denials WHERE challenge = ?", {challenge.text()}));
  }
  Maybe<Denial> denial(const ChallengeId& challenge) override {
    return one(database_.query("SELECT id, session, actor, scope, connection, denied "
                               "FROM denials JOIN challenges ON id = challenge WHERE challenge = ?",
                               {challenge.text()}),
               read_denial);
  }
  List<Denial> denials(const SessionId& session) override {
    return all(database_.query("SELECT id, session, actor, scope, connection, denied "
                               "FROM denials JOIN challenges ON id = challenge WHERE session = ? "
                               "ORDER BY denied, id LIMIT 500",
                               {session.text()}),
               read_denial);
  }

 private:
  store::Database& database_;
};

}  // namespace

std::unique_ptr<Consents> sqlite_consents(store::Database& database) {
  return std::make_unique<SqliteConsents>(database);
}

}  // namespace x1::api
