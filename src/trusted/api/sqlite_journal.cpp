#include "api/columns.hpp"
#include "api/sqlite_store.hpp"
#include "wire/json.hpp"

namespace x1::api {
namespace {

Event read_event(Columns& row) {
  auto session = row.id<SessionId>();
  const auto number = row.number();
  const auto time = row.time();
  auto type = row.text();
  auto actor = row.text();
  const auto turn = row.number();
  return Event{std::move(session), number, time, std::move(type), std::move(actor), turn, row.json()};
}

SessionId read_session_id(Columns& row) { return row.id<SessionId>(); }

Head read_head(Columns& row) {
  const auto seq = row.number();
  return Head{seq, row.digest()};
}

ControlMessage read_message(Columns& row) {
  auto id = row.text();
  auto session = row.id<SessionId>();
  auto token = row.text();
  auto challenge = row.optional_id<ChallengeId>();
  return ControlMessage{std::move(id), std::move(session), std::move(token), std::move(challenge), row.optional_time()};
}

class SqliteJournal final : public Journal {
 public:
  explicit SqliteJournal(store::Database& database) : database_(database) {}

  base::Result<std::uint64_t> append(const Event& event, std::uint64_t broker_seq) override {
    const auto seq = broker_seq == 0 ? store::Cell(store::Null{}) : cell(broker_seq);
    X1_TRY(numbers, all(database_.query("INSERT INTO events (session, number, broker_seq, time, type, actor, turn, "
                                        "payload) SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7 "
                                        "FROM events WHERE session = ?1 RETURNING number",
                                        {event.session.text(), seq, cell(event.time), event.type, event.actor,
                                         cell(event.turn), wire::canonical_json(event.payload)}),
                        read_number));
    return numbers.at(0);
  }
  base::Result<std::uint64_t> last_broker_seq(const SessionId& session) override {
    X1_TRY(numbers, all(database_.query("SELECT coalesce(max(broker_seq), 0) FROM events "
                                        "WHERE session = ? AND broker_seq IS NOT NULL",
                                        {session.text()}),
                        read_number));
    return numbers.at(0);
  }
  Maybe<Event> broker_event(const SessionId& session, std::uint64_t broker_seq) override {
    return one(database_.query("SELECT session, number, time, type, actor, turn, payload FROM events "
                               "WHERE session = ? AND broker_seq = ?",
                               {session.text(), cell(broker_seq)}),
               read_event);
  }
  List<Event> events(const SessionId& session, std::uint64_t after, std::size_t limit) override {
    return all(database_.query("SELECT session, number, time, type, actor, turn, payload FROM events "
                               "WHERE session = ? AND number > ? ORDER BY number LIMIT ?",
                               {session.text(), cell(after), cell(std::uint64_t{limit})}),
               read_event);
  }
  Status add_row(const std::string& chain, const Head& head, const std::string& line) override {
    return done(database_.run("INSERT INTO audit (chain, seq, hash, line) VALUES (?, ?, ?, ?)",
                              {chain, cell(head.seq), to_hex(head.hash), line}));
  }
  base::Result<Head> head(const std::string& chain) override {
    X1_TRY(found, one(database_.query("SELECT seq, hash FROM audit WHERE chain = ? ORDER BY seq DESC LIMIT 1", {chain}),
                      read_head));
    return found.value_or(Head{});
  }
  Maybe<Head> row(const std::string& chain, std::uint64_t seq) override {
    return one(database_.query("SELECT seq, hash FROM audit WHERE chain = ? AND seq = ?", {chain, cell(seq)}),
               read_head);
  }
  List<std::string> rows(const std::string& chain, std::uint64_t after, std::size_t limit) override {
    return all(database_.query("SELECT line FROM audit WHERE chain = ? AND seq > ? ORDER BY seq LIMIT ?",
                               {chain, cell(after), cell(std::uint64_t{limit})}),
               read_text);
  }
  Status add_key(const std::string& key) override {
    return done(database_.run("INSERT INTO signing_keys (key) VALUES (?)", {key}));
  }
  List<std::string> keys() override {
    return all(database_.query("SELECT key FROM signing_keys ORDER BY place", {}), read_text);
  }

 private:
  store::Database& database_;
};

class SqliteOutbox final : public Outbox {
 public:
  explicit SqliteOutbox(store::Database& database) : database_(database) {}

  Status add(const ControlMessage& message) override {
    const auto challenge = message.challenge ? store::Cell(message.challenge->text()) : store::Cell(store::Null{});
    return done(database_.run("INSERT INTO outbox (id, session, token, challenge, expires) VALUES (?, ?, ?, ?, ?)",
                              {message.id, message.session.text(), message.token, challenge, cell(message.expires)}));
  }
  Maybe<ControlMessage> next(const SessionId& session, const std::string& after) override {
    return one(database_.query("SELECT id, session, token, challenge, expires FROM outbox "
                               "WHERE session = ? AND outcome IS NULL AND "
                               "place > coalesce((SELECT place FROM outbox WHERE id = ?), 0) ORDER BY place LIMIT 1",
                               {session.text(), after}),
               read_message);
  }
  Maybe<ControlMessage> find(const std::string& id) override {
    return one(database_.query("SELECT id, session, token, challenge, expires FROM outbox "
                               "WHERE id = ? AND outcome IS NULL",
                               {id}),
               read_message);
  }
  Status set_token(const std::string& id, const std::string& token) override {
    return changed_one(database_.run("UPDATE outbox SET token = ? WHERE id = ? AND outcome IS NULL", {token, id}));
  }
  Status done(const std::string& id, const std::string& outcome) override {
    return changed_one(database_.run("UPDATE outbox SET outcome = ?, token = '' WHERE id = ?", {outcome, id}));
  }
  List<SessionId> waiting() override {
    return all(database_.query("SELECT DISTINCT session FROM outbox WHERE outcome IS NULL"), read_session_id);
  }

 private:
  static Status done(const base::Result<std::int64_t>& changed) { return api::done(changed); }
  store::Database& database_;
};

}  // namespace

std::unique_ptr<Journal> sqlite_journal(store::Database& database) { return std::make_unique<SqliteJournal>(database); }
std::unique_ptr<Outbox> sqlite_outbox(store::Database& database) { return std::make_unique<SqliteOutbox>(database); }

}  // namespace x1::api
