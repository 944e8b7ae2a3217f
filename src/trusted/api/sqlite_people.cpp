#include "api/columns.hpp"
#include "api/sqlite_store.hpp"

namespace x1::api {
namespace {

User read_user(Columns& row) {
  auto id = row.id<UserId>();
  auto name = row.text();
  const bool owner = row.flag();
  return User{std::move(id), std::move(name), owner, row.time()};
}

People::Account read_account(Columns& row) {
  auto user = read_user(row);
  return People::Account{std::move(user), row.text()};
}

Login read_login(Columns& row) {
  auto token = row.text();
  auto user = row.id<UserId>();
  return Login{std::move(token), std::move(user), row.time()};
}

UserId read_user_id(Columns& row) { return row.id<UserId>(); }

class SqlitePeople final : public People {
 public:
  explicit SqlitePeople(store::Database& database) : database_(database) {}

  Status add_user(const User& user, const std::string& password_hash) override {
    return done(database_.run("INSERT INTO users (id, name, password, owner, created) VALUES (?, ?, ?, ?, ?)",
                              {user.id.text(), user.name, password_hash, cell(user.owner), cell(user.created)}));
  }
  Maybe<User> user(const UserId& id) override {
    return one(database_.query("SELECT id, name, owner, created FROM users WHERE id = ?", {id.text()}), read_user);
  }
  Maybe<Account> account(const std::string& name) override {
    return one(database_.query("SELECT id, name, owner, created, password FROM users WHERE name = ?", {name}),
               read_account);
  }
  List<User> users() override {
    return all(database_.query("SELECT id, name, owner, created FROM users ORDER BY created, id"), read_user);
  }
  Status add_login(const Login& login) override {
    return done(database_.run("INSERT INTO logins (token, user, expires) VALUES (?, ?, ?)",
                              {login.token_hash, login.user.text(), cell(login.expires)}));
  }
  Maybe<Login> login(const std::string& token_hash, TimePoint now) override {
    return one(database_.query("SELECT token, user, expires FROM logins WHERE token = ? AND expires > ?",
                               {token_hash, cell(now)}),
               read_login);
  }
  Status remove_login(const std::string& token_hash) override {
    return done(database_.run("DELETE FROM logins WHERE token = ?", {token_hash}));
  }
  Status remove_expired(TimePoint now) override {
    X1_TRY(logins, database_.run("DELETE FROM logins WHERE expires <= ?", {cell(now)}));
    return done(database_.run("DELETE FROM links WHERE expires <= ?", {cell(now)}));
  }
  Status add_link(const Login& link) override {
    return done(database_.run("INSERT INTO links (token, user, expires) VALUES (?, ?, ?)",
                              {link.token_hash, link.user.text(), cell(link.expires)}));
  }
  Maybe<UserId> use_link(const std::string& token_hash, TimePoint now) override {
    // One statement finds and removes it: however many ask at once, one of them gets it.
    return one(
        database_.query("DELETE FROM links WHERE token = ? AND expires > ? RETURNING user", {token_hash, cell(now)}),
        read_user_id);
  }

 private:
  store::Database& database_;
};

class SqliteConnections final : public Connections {
 public:
  explicit SqliteConnections(store::Database& database) : database_(database) {}

  Status add(const ConnectionRecord& connection) override {
    return done(database_.run("INSERT INTO connections (id, owner, kind, url, user, created) VALUES (?, ?, ?, ?, ?, ?)",
                              {connection.id.text(), connection.owner.text(), connection.kind, connection.url,
                               connection.user, cell(connection.created)}));
  }
  Maybe<ConnectionRecord> find(const ConnectionId& id) override {
    return one(database_.query("SELECT id, owner, kind, url, user, created FROM connections WHERE id = ?", {id.text()}),
               read);
  }
  List<ConnectionRecord> of(const UserId& owner) override {
    return all(database_.query("SELECT id, owner, kind, url, user, created FROM connections WHERE owner = ? "
                               "ORDER BY created, id",
                               {owner.text()}),
               read);
  }
  Status remove(const ConnectionId& id) override {
    return changed_one(database_.run("DELETE FROM connections WHERE id = ?", {id.text()}));
  }

 private:
  static ConnectionRecord read(Columns& row) {
    auto id = row.id<ConnectionId>();
    auto owner = row.id<UserId>();
    auto kind = row.text();
    auto url = row.text();
    auto user = row.text();
    return ConnectionRecord{std::move(id),  std::move(owner), std::move(kind),
                            std::move(url), std::move(user),  row.time()};
  }
  store::Database& database_;
};

}  // namespace

std::unique_ptr<People> sqlite_people(store::Database& database) { return std::make_unique<SqlitePeople>(database); }

std::unique_ptr<Connections> sqlite_connections(store::Database& database) {
  return std::make_unique<SqliteConnections>(database);
}

}  // namespace x1::api
