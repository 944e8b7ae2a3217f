#include "api/state_triggers.hpp"

#include <algorithm>

#include "api/desk_fixture.hpp"
#include "api/migrations.hpp"

namespace x1::api::testing {
namespace {

using Move = std::pair<std::string_view, std::string_view>;

// One table, and what is known of it here without asking schema/states.toml: a move more or less there is one here.
struct Machine {
  std::string_view table;
  std::string_view insert;  // of a row in the state ?1, alone in its session
  std::vector<std::string_view> states;
  std::vector<Move> moves;
};

const std::vector<Machine> machines{
    {"turns",
     "INSERT INTO turns (session, number, actor, message, state, queued) VALUES (?1, 1, 'ada', '', ?1, 0)",
     {"queued", "open", "closed"},
     {{"queued", "open"}, {"queued", "closed"}, {"open", "closed"}}},
    {"challenges",
     "INSERT INTO challenges (id, session, turn, actor, scope, connection, digest, asked, state, expires) "
     "VALUES (?1, ?1, 1, 'ada', '', '', '', '', ?1, 0)",
     {"pending", "approved", "granted", "denied", "withdrawn", "refused", "expired"},
     {{"pending", "approved"},
      {"pending", "granted"},
      {"pending", "denied"},
      {"pending", "withdrawn"},
      {"pending", "expired"},
      {"approved", "granted"},
      {"approved", "refused"},
      {"refused", "granted"}}},
    {"grants",
     "INSERT INTO grants (id, session, challenge, actor, scope, connection, lifetime, state, granted) "
     "VALUES (?1, ?1, 'of ' || ?1, 'ada', '', '', 'once', ?1, 0)",
     {"live", "revoking", "spent", "revoked"},
     {{"live", "revoking"}, {"live", "spent"}, {"live", "revoked"}, {"spent", "revoking"}, {"revoking", "revoked"}}},
};

// A database without the triggers, with a session of the name of each state, and a question for a grant to be of.
store::Database bare(const Machine& machine) {
  auto database = must(store::Database::open(":memory:"));
  must(store::migrate(database, migrations()));
  must(database.run("INSERT INTO users (id, name, password, owner, created) VALUES ('ada', 'ada', '', 0, 0)"));
  const auto add_session = [&](std::string name) {
    must(
        database.run("INSERT INTO sessions (id, owner, state, command, workspace, adapter, boot_key, reason, created) "
                     "VALUES (?, 'ada', 'running', '', '', 0, '', '', 0)",
                     {std::move(name)}));
  };
  add_session("another");
  for (const auto state : machine.states) {
    add_session(std::string(state));
    must(
        database.run("INSERT INTO challenges (id, session, turn, actor, scope, connection, digest, asked, state, "
                     "expires) VALUES ('of ' || ?, 'another', 1, 'ada', '', '', '', '', 'pending', 0)",
                     {std::string(state)}));
  }
  return database;
}

// What happens in `work` is taken back again.
bool would(store::Database& database, const std::function<base::Result<std::int64_t>()>& work) {
  const auto transaction = must(store::Transaction::begin(database));
  const auto changed = work();
  return changed.ok() && *changed == 1;
}

}  // namespace

TEST_CASE("D3: a turn, a question and a grant move in the database as the table says, from each state to each") {
  for (const auto& machine : machines) {
    auto database = bare(machine);
    for (const auto state : machine.states)
      must(database.run(machine.insert, {std::string(state)}));
    must(database.script(state_triggers()));
    for (const auto from : machine.states) {
      for (const auto to : machine.states) {
        CAPTURE(machine.table);
        CAPTURE(from);
        CAPTURE(to);
        const bool moves = would(database, [&] {
          return database.run("UPDATE " + std::string(machine.table) + " SET state = ?2 WHERE session = ?1",
                              {std::string(from), std::string(to)});
        });
        // To stay is no move: who does that has looked at the state, or may write it again.
        CHECK(moves == (from == to || std::ranges::find(machine.moves, Move{from, to}) != machine.moves.end()));
      }
    }
  }
}

TEST_CASE("D3: a turn, a question and a grant begin in the database as the first of their states only") {
  for (const auto& machine : machines) {
    auto database = bare(machine);
    must(database.script(state_triggers()));
    for (const auto state : machine.states) {
      CAPTURE(machine.table);
      CAPTURE(state);
      CHECK(would(database, [&] { return database.run(machine.insert, {std::string(state)}); }) ==
            (state == machine.states.front()));
    }
  }
}

}  // namespace x1::api::testing
