// D5, D3, H1 at the broker's seams: a part of the sidecar is gone, and another broker goes on with the record.
#include <doctest/doctest.h>

#include "hostile/broker_world.hpp"

using namespace x1;
using namespace x1::hostile;
using policy::Lifetime;

namespace {

// What the record holds, read as a broker does that starts.
base::Result<broker::Memory> read_back(const BrokerWorld& world) {
  broker::Memory memory;
  const auto key = must(crypto::SigningKey::generate());
  // The broker of the test still holds the file itself.
  const auto copy = world.record() + "/copy";
  std::filesystem::copy_file(world.record() + "/journal", copy);
  X1_TRY(opened, broker::Journal::open(copy, "s1", key, [&](const audit::Row& row) {
           return broker::replay(memory, row, world.keys());
         }));
  return memory;
}

// The agent asks, and the question stands before the person.
void ask(BrokerWorld& world) {
  const auto before = world.memory.asked.size();
  static_cast<void>(world.ask(create_event));
  world.wants(world.provider_answers(), {examples::planned()});
  world.until([&] { return world.memory.asked.size() > before; });
}

}  // namespace

TEST_CASE("D5: a question, its grant and the open turn survive the loss of gate or dialer, and the record stays open") {
  for (const bool gate : {true, false}) {
    CAPTURE(gate);
    BrokerWorld world;
    world.open_turn(1, "ada");
    world.granted("calendar_list_events",
                  {{wire::Method::report, examples::connection().origin, "/ada/home/", {{"depth", "1"}}, "<query/>"}},
                  Lifetime::session);
    ask(world);
    gate ? world.lose_gate() : world.lose_dialer();
    world.until([&] { return world.cut_off; });
    CHECK_FALSE(world.ended.has_value());
    CHECK(world.rows_of("sidecar.cut_off") == 1);
    CHECK(world.rows_of("turn.closed") == 0);
    CHECK(world.rows_of("chain.closed") == 0);
    const auto memory = must(read_back(world));
    CHECK(memory.last_turn == 1);
    CHECK(memory.agent_of == "ada");
    CHECK(memory.ledger.grants().size() == 1);
    CHECK(memory.ledger.state(memory.asked.back(), world.now()) == policy::ChallengeState::pending);
  }
}

TEST_CASE("H1: a session that was ended has a closed record, with which nobody goes on") {
  BrokerWorld world;
  world.open_turn(1, "ada");
  world.from_supervisor(seam::encode_frame(seam::box::ToBroker(seam::box::EndSession{})), -1);
  world.until([&] { return world.rows_of("chain.closed") == 1; });
  world.lose_gate();
  world.until([&] { return world.bus.waiting(audit_subject) > 0; });
  CHECK_FALSE(world.cut_off);
  CHECK(world.rows_of("sidecar.cut_off") == 0);
  CHECK(world.rows_of("turn.closed") == 1);
  CHECK(read_back(world).error().code == base::Code::conflict);
}

TEST_CASE("H1: a session that is killed has a closed record: it was told so before its gate was ended") {
  BrokerWorld world;
  world.open_turn(1, "ada");
  // Both are there when the broker looks next, whichever it sees first.
  world.from_supervisor(seam::encode_frame(seam::box::ToBroker(seam::box::EndSession{})), -1);
  world.lose_gate();
  world.lose_dialer();
  world.until([&] { return world.rows_of("chain.closed") == 1; });
  CHECK_FALSE(world.cut_off);
  CHECK(world.rows_of("sidecar.cut_off") == 0);
  CHECK(read_back(world).error().code == base::Code::conflict);
}

TEST_CASE("C2: a gate that breaks the protocol is not followed by another: the session ends") {
  BrokerWorld world;
  world.open_turn(1, "ada");
  world.raw_from_gate(std::string("\x02\x00\x00\x00\xff\xff", 6));
  world.until([&] { return world.rows_of("chain.closed") == 1; });
  CHECK_FALSE(world.cut_off);
}
