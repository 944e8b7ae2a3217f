#include "api/columns.hpp"
#include "api/sqlite_store.hpp"

namespace x1::api {
namespace {

Turn read_turn(Columns& row) {
  auto session = row.id<SessionId>();
  const auto number = row.number();
  auto actor = row.id<UserId>();
  auto message = row.text();
  const auto state = row.one_of(policy::all_turn_states);
  return Turn{std::move(session), number, std::move(actor), std::move(message), state, row.text()};
}

class SqliteTurns final : public Turns {
 public:
  explicit SqliteTurns(store::Database& database) : database_(database) {}

  base::Result<std::uint64_t> queue(const SessionId& session, const UserId& actor, const std::string& message,
                                    TimePoint now) override {
    X1_TRY(numbers, all(database_.query("INSERT INTO turns (session, number, actor, message, state, queued) "
                                        "SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, 'queued', ?4 "
                                        "FROM turns WHERE session = ?1 RETURNING number",
                                        {session.text(), actor.text(), message, cell(now)}),
                        read_number));
    return numbers.at(0);
  }
  Maybe<Turn> find(const SessionId& session, std::uint64_t number) override {
    return one(database_.query("SELECT session, number, actor, message, state, outcome FROM turns "
                               "WHERE session = ? AND number = ?",
                               {session.text(), cell(number)}),
               read_turn);
  }
  Maybe<Turn> open_one(const SessionId& session) override {
    return one(database_.query("SELECT session, number, actor, message, state, outcome FROM turns "
                               "WHERE session = ? AND state = 'open'",
                               {session.text()}),
               read_turn);
  }
  Maybe<Turn> next_queued(const SessionId& session) override {
    return one(database_.query("SELECT session, number, actor, message, state, outcome FROM turns "
                               "WHERE session = ? AND state = 'queued' ORDER BY number LIMIT 1",
                               {session.text()}),
               read_turn);
  }
  base::Result<std::uint64_t> count_queued(const SessionId& session, const UserId& actor) override {
    X1_TRY(counts,
           all(database_.query("SELECT count(*) FROM turns WHERE session = ? AND state = 'queued' AND actor = ?",
                               {session.text(), actor.text()}),
               read_number));
    return counts.at(0);
  }
  // A turn that is open is older than all that wait.
  List<Turn> unfinished(const SessionId& session) override {
    return all(database_.query("SELECT session, number, actor, message, state, outcome FROM turns "
                               "WHERE session = ? AND state <> 'closed' ORDER BY number",
                               {session.text()}),
               read_turn);
  }
  Status open(const SessionId& session, std::uint64_t number, TimePoint now) override {
    X1_TRY(turn, find(session, number));
    if (!turn || !step::OpenTurn::leaves(turn->state)) {
      return base::Error{base::Code::not_found, "No such turn waits.", ""};
    }
    // Another process may have written since it was read.
    return changed_one(database_.run(
        "UPDATE turns SET state = ?, opened = ? WHERE session = ? AND number = ? AND state = ?",
        {cell(to_string(step::OpenTurn::to)), cell(now), session.text(), cell(number), cell(to_string(turn->state))}));
  }
  Status close(const SessionId& session, std::uint64_t number, const std::string& outcome, TimePoint now) override {
    return done(
        database_.run("UPDATE turns SET state = 'closed', outcome = ?, closed = ? "
                      "WHERE session = ? AND number = ? AND state <> 'closed'",
                      {outcome, cell(now), session.text(), cell(number)}));
  }
  Status close_all(const SessionId& session, const std::string& outcome, TimePoint now) override {
    return done(
        database_.run("UPDATE turns SET state = 'closed', outcome = ?, closed = ? "
                      "WHERE session = ? AND state <> 'closed'",
                      {outcome, cell(now), session.text()}));
  }

 private:
  store::Database& database_;
};

}  // namespace

std::unique_ptr<Turns> sqlite_turns(store::Database& database) { return std::make_unique<SqliteTurns>(database); }

}  // namespace x1::api
