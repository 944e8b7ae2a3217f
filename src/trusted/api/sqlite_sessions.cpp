#include "api/columns.hpp"
#include "api/sqlite_store.hpp"
#include "wire/json.hpp"

namespace x1::api {
namespace {

constexpr std::array session_states{SessionState::created, SessionState::starting, SessionState::running,
                                    SessionState::ended, SessionState::failed};

std::vector<std::string> texts(const wire::Value& value) {
  std::vector<std::string> found;
  X1_CHECK(value.array() != nullptr);
  for (const auto& item : *value.array()) {
    X1_CHECK(item.string() != nullptr);
    found.push_back(*item.string());
  }
  return found;
}

Session read_session(Columns& row) {
  auto id = row.id<SessionId>();
  auto owner = row.id<UserId>();
  const auto state = row.one_of(session_states);
  auto command = texts(row.json());
  auto workspace = row.text();
  const bool adapter = row.flag();
  auto boot_key = row.text();
  auto reason = row.text();
  return Session{std::move(id),       std::move(owner),  state,     std::move(command), std::move(workspace), adapter,
                 std::move(boot_key), std::move(reason), row.time()};
}

class SqliteSessions final : public Sessions {
 public:
  explicit SqliteSessions(store::Database& database) : database_(database) {}

  Status add(const Session& session) override {
    wire::Value::Array command(session.command.begin(), session.command.end());
    X1_TRY(added, database_.run(
                      "INSERT INTO sessions (id, owner, state, command, workspace, adapter, boot_key, reason, created) "
                      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                      {session.id.text(), session.owner.text(), cell(to_string(session.state)),
                       wire::canonical_json(std::move(command)), session.workspace, cell(session.adapter),
                       session.boot_key, session.reason, cell(session.created)}));
    return done(database_.run("INSERT INTO members (session, user, role, joined) VALUES (?, ?, 'owner', ?)",
                              {session.id.text(), session.owner.text(), cell(session.created)}));
  }
  Maybe<Session> find(const SessionId& id) override {
    return one(database_.query("SELECT id, owner, state, command, workspace, adapter, boot_key, reason, created FROM "
                               "sessions WHERE id = ?",
                               {id.text()}),
               read_session);
  }
  List<Session> of(const UserId& member) override {
    return all(database_.query("SELECT id, owner, state, command, workspace, adapter, boot_key, reason, created FROM "
                               "sessions WHERE id IN (SELECT session FROM members WHERE user = ?) "
                               "ORDER BY created DESC, id LIMIT 500",
                               {member.text()}),
               read_session);
  }
  List<Session> alive() override {
    return all(database_.query("SELECT id, owner, state, command, workspace, adapter, boot_key, reason, created FROM "
                               "sessions WHERE state IN ('starting', 'running')"),
               read_session);
  }
  Status set_state(const SessionId& id, SessionState state, const std::string& reason) override {
    return changed_one(database_.run("UPDATE sessions SET state = ?, reason = ? WHERE id = ?",
                                     {cell(to_string(state)), reason, id.text()}));
  }
  Status booted(const SessionId& id, const std::string& boot_key, TimePoint now) override {
    X1_TRY(noted, database_.run("INSERT INTO boots (session, boot_key, booted) VALUES (?, ?, ?)",
                                {id.text(), boot_key, cell(now)}));
    return changed_one(database_.run("UPDATE sessions SET boot_key = ? WHERE id = ?", {boot_key, id.text()}));
  }
  List<std::string> boot_keys(const SessionId& id) override {
    return all(database_.query("SELECT boot_key FROM boots WHERE session = ? ORDER BY booted DESC", {id.text()}),
               read_text);
  }

 private:
  store::Database& database_;
};

}  // namespace

std::unique_ptr<Sessions> sqlite_sessions(store::Database& database) {
  return std::make_unique<SqliteSessions>(database);
}

}  // namespace x1::api
