#include "api/columns.hpp"
#include "api/sqlite_store.hpp"

namespace x1::api {
namespace {

constexpr std::array roles{Role::viewer, Role::participant, Role::owner};

Member read_member(Columns& row) {
  auto session = row.id<SessionId>();
  auto user = row.id<UserId>();
  auto name = row.text();
  const auto role = row.one_of(roles);
  return Member{std::move(session), std::move(user), std::move(name), role, row.time()};
}

Invite read_invite(Columns& row) {
  auto token = row.text();
  auto session = row.id<SessionId>();
  const auto role = row.one_of(roles);
  auto name = row.text();
  return Invite{std::move(token), std::move(session), role, std::move(name), row.time()};
}

class SqliteMembers final : public Members {
 public:
  explicit SqliteMembers(store::Database& database) : database_(database) {}

  Status add(const Member& it) override {
    return done(database_.run("INSERT INTO members (session, user, role, joined) VALUES (?, ?, ?, ?)",
                              {it.session.text(), it.user.text(), cell(to_string(it.role)), cell(it.joined)}));
  }
  Maybe<Member> find(const SessionId& session, const UserId& user) override {
    return one(database_.query("SELECT session, user, name, role, joined FROM members JOIN users ON id = user "
                               "WHERE session = ? AND user = ?",
                               {session.text(), user.text()}),
               read_member);
  }
  List<Member> of(const SessionId& session) override {
    return all(database_.query("SELECT session, user, name, role, joined FROM members JOIN users ON id = user "
                               "WHERE session = ? ORDER BY joined, user",
                               {session.text()}),
               read_member);
  }
  Status remove(const SessionId& session, const UserId& user) override {
    return changed_one(
        database_.run("DELETE FROM members WHERE session = ? AND user = ?", {session.text(), user.text()}));
  }
  Status add_invite(const Invite& it) override {
    return done(database_.run("INSERT INTO invites (token, session, role, name, expires) VALUES (?, ?, ?, ?, ?)",
                              {it.token_hash, it.session.text(), cell(to_string(it.role)), it.name, cell(it.expires)}));
  }
  Maybe<Invite> use_invite(const std::string& token_hash, const std::string& name, TimePoint now) override {
    return one(database_.query("DELETE FROM invites WHERE token = ? AND expires > ? AND name IN ('', ?) "
                               "RETURNING token, session, role, name, expires",
                               {token_hash, cell(now), name}),
               read_invite);
  }
  Status remove_invites(const SessionId& session, const std::string& name) override {
    return done(database_.run("DELETE FROM invites WHERE session = ? AND name IN ('', ?)", {session.text(), name}));
  }
  base::Result<std::uint64_t> count_invites(const SessionId& session, TimePoint now) override {
    X1_TRY(counts, all(database_.query("SELECT count(*) FROM invites WHERE session = ? AND expires > ?",
                                       {session.text(), cell(now)}),
                       read_number));
    return counts.at(0);
  }
  Status remove_expired(TimePoint now) override {
    return done(database_.run("DELETE FROM invites WHERE expires <= ?", {cell(now)}));
  }

 private:
  store::Database& database_;
};

}  // namespace

std::unique_ptr<Members> sqlite_members(store::Database& database) { return std::make_unique<SqliteMembers>(database); }

}  // namespace x1::api
