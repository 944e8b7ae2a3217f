#include "broker/replay.hpp"

#include <doctest/doctest.h>

using namespace x1;
using namespace x1::broker;

namespace {

audit::Row row_of(std::string kind, std::uint64_t turn, std::string outcome) {
  audit::Row row;
  row.entry.kind = std::move(kind);
  row.entry.turn = turn;
  row.entry.outcome = std::move(outcome);
  return row;
}

}  // namespace

TEST_CASE("E1: a turn that was closed is closed for the next broker, too, whether or not the API has heard of it") {
  Memory memory;
  REQUIRE(replay(memory, row_of("turn.opened", 3, ""), {}).ok());
  CHECK(memory.ended_turn == 0);
  REQUIRE(replay(memory, row_of("turn.closed", 3, "completed"), {}).ok());
  CHECK(memory.last_turn == 3);
  CHECK(memory.ended_turn == 3);
  CHECK(memory.ended_how == "completed");
}
