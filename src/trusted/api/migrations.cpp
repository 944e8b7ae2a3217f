#include "api/migrations.hpp"

#include <array>

namespace x1::api {
namespace {

// Times are milliseconds since 1970. JSON is canonical. A token or password is here as its hash only.
constexpr std::string_view people_sql = R"sql(
CREATE TABLE users (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, password TEXT NOT NULL, owner INTEGER NOT NULL, created INTEGER NOT NULL
) STRICT;
CREATE TABLE logins (
  token TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES users (id), expires INTEGER NOT NULL
) STRICT;
CREATE TABLE links (
  token TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES users (id), expires INTEGER NOT NULL
) STRICT;
CREATE TABLE connections (
  id TEXT PRIMARY KEY, owner TEXT NOT NULL REFERENCES users (id), kind TEXT NOT NULL, url TEXT NOT NULL,
  user TEXT NOT NULL, created INTEGER NOT NULL
) STRICT;
CREATE INDEX connections_of ON connections (owner);
)sql";

constexpr std::string_view sessions_sql = R"sql(
CREATE TABLE sessions (
  id TEXT PRIMARY KEY, owner TEXT NOT NULL REFERENCES users (id), state TEXT NOT NULL, command TEXT NOT NULL,
  workspace TEXT NOT NULL, adapter INTEGER NOT NULL, boot_key TEXT NOT NULL, reason TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_of ON sessions (owner, created);
CREATE TABLE boots (
  session TEXT NOT NULL REFERENCES sessions (id), boot_key TEXT NOT NULL, booted INTEGER NOT NULL,
  PRIMARY KEY (session, boot_key)
) STRICT;
CREATE TABLE turns (
  session TEXT NOT NULL REFERENCES sessions (id), number INTEGER NOT NULL, actor TEXT NOT NULL REFERENCES users (id),
  message TEXT NOT NULL, state TEXT NOT NULL, outcome TEXT NOT NULL DEFAULT '', queued INTEGER NOT NULL,
  opened INTEGER, closed INTEGER, PRIMARY KEY (session, number)
) STRICT;
CREATE UNIQUE INDEX one_open_turn ON turns (session) WHERE state = 'open';
CREATE TABLE events (
  session TEXT NOT NULL REFERENCES sessions (id), number INTEGER NOT NULL, broker_seq INTEGER, time INTEGER NOT NULL,
  type TEXT NOT NULL, actor TEXT NOT NULL, turn INTEGER NOT NULL, payload TEXT NOT NULL, PRIMARY KEY (session, number)
) STRICT;
CREATE UNIQUE INDEX one_event_of_the_broker ON events (session, broker_seq) WHERE broker_seq IS NOT NULL;
)sql";

constexpr std::string_view consents_sql = R"sql(
CREATE TABLE challenges (
  id TEXT PRIMARY KEY, session TEXT NOT NULL REFERENCES sessions (id), turn INTEGER NOT NULL,
  actor TEXT NOT NULL REFERENCES users (id), scope TEXT NOT NULL, connection TEXT NOT NULL, digest TEXT NOT NULL,
  asked TEXT NOT NULL, state TEXT NOT NULL, expires INTEGER NOT NULL
) STRICT;
CREATE INDEX challenges_of ON challenges (session);
CREATE TABLE consents (
  challenge TEXT PRIMARY KEY REFERENCES challenges (id), token TEXT NOT NULL
) STRICT;
CREATE TABLE grants (
  id TEXT PRIMARY KEY, session TEXT NOT NULL REFERENCES sessions (id),
  challenge TEXT NOT NULL UNIQUE REFERENCES challenges (id), actor TEXT NOT NULL, scope TEXT NOT NULL,
  connection TEXT NOT NULL, lifetime TEXT NOT NULL, until INTEGER, state TEXT NOT NULL, granted INTEGER NOT NULL
) STRICT;
CREATE INDEX grants_of ON grants (session);
CREATE TABLE outbox (
  place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, session TEXT NOT NULL REFERENCES sessions (id),
  token TEXT NOT NULL, challenge TEXT, expires INTEGER, outcome TEXT
) STRICT;
CREATE INDEX outbox_waiting ON outbox (session, place) WHERE outcome IS NULL;
)sql";

constexpr std::string_view audit_sql = R"sql(
CREATE TABLE audit (
  chain TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL, line TEXT NOT NULL, PRIMARY KEY (chain, seq)
) STRICT, WITHOUT ROWID;
)sql";

constexpr std::string_view members_sql = R"sql(
CREATE TABLE members (
  session TEXT NOT NULL REFERENCES sessions (id), user TEXT NOT NULL REFERENCES users (id), role TEXT NOT NULL,
  joined INTEGER NOT NULL, PRIMARY KEY (session, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_with ON members (user);
CREATE UNIQUE INDEX one_owner ON members (session) WHERE role = 'owner';
INSERT INTO members (session, user, role, joined) SELECT id, owner, 'owner', created FROM sessions;
CREATE TABLE invites (
  token TEXT PRIMARY KEY, session TEXT NOT NULL REFERENCES sessions (id), role TEXT NOT NULL, name TEXT NOT NULL,
  expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

// A yes of somebody who has left the session grants nothing, whenever it arrives, and wherever they are by then.
constexpr std::string_view departures_sql = R"sql(
ALTER TABLE consents ADD COLUMN taken_back INTEGER NOT NULL DEFAULT 0 CHECK (taken_back IN (0, 1));
)sql";

constexpr std::string_view limits_sql = R"sql(
ALTER TABLE grants ADD COLUMN uses INTEGER;
ALTER TABLE grants ADD COLUMN bytes INTEGER;
ALTER TABLE grants ADD COLUMN used_calls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE grants ADD COLUMN used_bytes INTEGER NOT NULL DEFAULT 0;
CREATE TABLE denials (
  challenge TEXT PRIMARY KEY REFERENCES challenges (id), denied INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

constexpr std::string_view keys_sql = R"sql(
CREATE TABLE signing_keys (place INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE) STRICT;
)sql";

constexpr std::string_view parts_sql = R"sql(
ALTER TABLE grants ADD COLUMN within TEXT;
)sql";

constexpr std::array steps{store::Migration{1, "people and connections", people_sql},
                           store::Migration{2, "sessions, turns, events", sessions_sql},
                           store::Migration{3, "challenges, consents, grants, outbox", consents_sql},
                           store::Migration{4, "audit", audit_sql},
                           store::Migration{5, "people of a session", members_sql},
                           store::Migration{6, "what who left had said yes to", departures_sql},
                           store::Migration{7, "limits of grants, denials for a session", limits_sql},
                           store::Migration{8, "signing keys", keys_sql},
                           store::Migration{9, "parts of accounts", parts_sql}};

}  // namespace

std::span<const store::Migration> migrations() noexcept { return steps; }

}  // namespace x1::api
