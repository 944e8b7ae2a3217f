// D5, D3, H1 at the broker's seams: a part of the sidecar is gone, and another broker goes on with the record.
#include <doctest/doctest.h>

#include "hostile/ticket_world.hpp"

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

constexpr auto list = "calendar_list_events";
const std::string work = "/ada/home/work/";

wire::PlannedRequest report(std::string target = "/ada/home/") { return examples::report(std::move(target)); }

// A session in ada's first turn, whose sidecar is lost again and again.
struct Session {
  OwnFolder folder;
  std::unique_ptr<TicketWorld> world = std::make_unique<TicketWorld>(folder.path);

  Session() { world->open_turn(1, "ada"); }
  // gate dies; another broker goes on with the record, and with the turn that was open.
  void restart() { go_on(lost()); }
  BrokerWorld::Before lost() {
    world->lose_gate();
    world->until([&] { return world->cut_off; });
    return world->leave();
  }
  void go_on(BrokerWorld::Before before, std::int64_t turn = 1) {
    const auto seq = world->journal().seq();
    const auto head = world->journal().head();
    auto memory = std::move(world->memory);
    world.reset();
    world = std::make_unique<TicketWorld>(std::move(before));
    remembers_all = world->memory.ledger == memory.ledger && world->memory.controls == memory.controls &&
                    world->memory.agent_of == memory.agent_of && world->memory.asked == memory.asked;
    world->audit_head(seq, head);
    world->open_turn(turn, "ada");
  }
  bool remembers_all = false;

  // ada says yes to what the agent asks for, as `change` has it.
  void grant(const std::string& tool, wire::PlannedRequest planned,
             const std::function<void(policy::ConsentToken&)>& change) {
    const auto before = world->memory.asked.size();
    const auto number = world->ask(tool);
    world->wants(world->provider_answers(), {std::move(planned)});
    world->until([&] { return world->memory.asked.size() > before; });
    auto token = examples::consent(*world->memory.ledger.challenge(world->memory.asked.back()), Lifetime::session,
                                   "t" + std::to_string(before));
    change(token);
    REQUIRE(world->redeemed(token) == "ok");
    REQUIRE(world->answer_to(number) == "ok");
  }
  // A call whose provider wants this: what went out of it, or the error.
  std::string call(const std::string& tool, wire::PlannedRequest wanted) {
    const auto before = world->dialled.size();
    const auto number = world->call(tool);
    world->wants(world->provider_answers(), {std::move(wanted)});
    world->until([&] { return world->dialled.size() > before || !world->told(number).empty(); });
    return world->dialled.size() > before ? "sent" : world->told(number);
  }
  [[nodiscard]] std::size_t live_grants() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        world->memory.ledger.grants(), [](const policy::Grant& grant) { return !grant.spent && !grant.revoked; }));
  }
};

}  // namespace

TEST_CASE("D5: a question, its grant and the open turn survive the loss of gate or dialer, and the record stays open") {
  for (const bool gate : {true, false}) {
    CAPTURE(gate);
    BrokerWorld world;
    world.open_turn(1, "ada");
    world.granted(list, {report()}, Lifetime::session);
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

TEST_CASE("D5: what an agent had begun that ended while no broker was there is not begun anew by another agent") {
  OwnFolder folder;
  auto world = std::make_unique<BrokerWorld>(folder.path);
  world->open_turn(1, "ada");
  world->lose_gate();
  world->until([&] { return world->cut_off; });
  auto before = world->leave();
  const auto seq = world->journal().seq();
  const auto head = world->journal().head();
  world.reset();
  world = std::make_unique<BrokerWorld>(std::move(before));
  world->agent_ends();
  world->audit_head(seq, head);
  world->offer_turn(1, "ada");
  world->until([&] { return world->rows_of("turn.closed") == 1; });
  CHECK_FALSE(world->is_open(1));
  world->open_turn(2, "ada");
  CHECK(world->replacements == std::vector<std::uint64_t>{2});
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

TEST_CASE("H1: nothing is done, nor written down, after the closing row") {
  BrokerWorld world;
  world.open_turn(1, "ada");
  world.from_supervisor(seam::encode_frame(seam::box::ToBroker(seam::box::EndSession{})), -1);
  world.until([&] { return world.rows_of("chain.closed") == 1; });
  const auto rows = world.journal().seq();
  CHECK(world.control("late", policy::RevokeGrants{}).starts_with("error unavailable"));
  CHECK(world.control("later", policy::CancelTurn{base::TurnNumber{1}}).starts_with("error unavailable"));
  CHECK(world.answer_to(world.call("no_such_tool")) == "unavailable");
  const auto keys =
      must(policy::with_next(world.keys(), must(crypto::SigningKey::generate()).public_key(), world.now()));
  CHECK(world.use_keys(keys).empty());
  CHECK(world.journal().seq() == rows);
}

TEST_CASE("H1: a session that is killed has a closed record: it was told so before its gate was ended") {
  const auto over = seam::encode_frame(seam::box::ToBroker(seam::box::EndSession{}));
  // All of it is there when the broker looks next, whichever it sees first.
  for (const bool gate_first : {true, false}) {
    CAPTURE(gate_first);
    BrokerWorld world;
    world.open_turn(1, "ada");
    if (!gate_first) world.from_supervisor(over, -1);
    world.lose_gate();
    world.lose_dialer();
    if (gate_first) world.from_supervisor(over, -1);
    world.until([&] { return world.rows_of("chain.closed") == 1; });
    CHECK_FALSE(world.cut_off);
    CHECK(world.rows_of("sidecar.cut_off") == 0);
    CHECK(read_back(world).error().code == base::Code::conflict);
  }
}

TEST_CASE("C2: a gate that breaks the protocol is not followed by another: the session ends") {
  BrokerWorld world;
  world.open_turn(1, "ada");
  world.raw_from_gate(std::string("\x02\x00\x00\x00\xff\xff", 6));
  world.until([&] { return world.rows_of("chain.closed") == 1; });
  CHECK_FALSE(world.cut_off);
}

TEST_CASE("D2, D5: what was counted of a grant is counted on by the next broker, to its last call") {
  Session session;
  session.grant(list, report(), [](policy::ConsentToken& token) { token.limits = policy::Limits{2, std::nullopt}; });
  CHECK(session.call(list, report()) == "sent");
  session.restart();
  CHECK(session.remembers_all);
  CHECK(session.call(list, report()) == "sent");
  session.restart();
  CHECK(session.call(list, report()) == "permission_required");
}

TEST_CASE("D2, D5: a no for the session holds with the next broker: nobody is asked the like of it") {
  Session session;
  static_cast<void>(session.world->ticket_for(create_event));
  const policy::DenyChallenge no{session.world->memory.asked.back(), true};
  REQUIRE(session.world->control("no", no) == "ok");
  CHECK(session.call(create_event, examples::planned()) == "permission_denied");
  session.restart();
  CHECK(session.remembers_all);
  CHECK(session.call(create_event, examples::planned()) == "permission_denied");
  CHECK(session.world->answer_to(session.world->ask(create_event)) == "ok");  // told that it is denied
  CHECK(session.world->memory.asked.size() == 1);
  REQUIRE(session.world->control("lift", policy::LiftDenial{no.challenge}) == "ok");
  CHECK(session.call(create_event, examples::planned()) == "permission_required");
}

TEST_CASE("D2, D5: a grant for a part of an account is for no more with the next broker") {
  Session session;
  session.grant(list, report(), [](policy::ConsentToken& token) { token.within = work; });
  session.restart();
  CHECK(session.remembers_all);
  CHECK(session.call(list, report("/ada/home/play/")) != "sent");
  CHECK(session.call(list, report(work)) == "sent");
}

TEST_CASE(
    "E1, D5: what has entered a session is known to the next broker, and what was granted before it is asked again") {
  Session session;
  session.grant(create_event, examples::planned(), [](policy::ConsentToken&) {});
  session.grant(list, report(), [](policy::ConsentToken&) {});
  CHECK(session.call(list, report()) == "sent");
  session.world->until([&] { return session.world->memory.ledger.entered().size() == 3; });
  session.restart();
  CHECK(session.remembers_all);
  CHECK(session.world->memory.ledger.entered().size() == 3);
  CHECK(session.call(create_event, examples::planned()) == "permission_required");
}

TEST_CASE(
    "D5: a ticket is good with the next broker, and the clients of its gate hear of the question and the answer") {
  Session session;
  const auto ticket = session.world->ticket_for(create_event);
  session.restart();
  CHECK(session.remembers_all);
  CHECK(session.world->status_of(ticket) == "pending");
  REQUIRE(session.world->count<gate::PersonAsked>() == 1);
  CHECK(session.world->last<gate::PersonAsked>().ticket == ticket);
  session.world->bus.control(session.world->consent(Lifetime::session), "_INBOX.api.1");
  session.world->until([&] { return !session.world->decisions().empty(); });
  CHECK(session.world->decisions() == "granted ");
  CHECK(session.world->status_of(ticket) == "granted");
}

TEST_CASE("F1, D5: what a key had signed that is retired since goes on with the next broker") {
  Session session;
  session.grant(list, report(), [](policy::ConsentToken&) {});
  static_cast<void>(session.world->follow_key(false));
  session.restart();
  CHECK(session.remembers_all);
  CHECK(session.live_grants() == 1);
  CHECK(session.call(list, report()) == "sent");
}

TEST_CASE("F1: what a revoked key had signed ends with the next broker too, also when this one had not heard of it") {
  for (const bool heard : {true, false}) {
    CAPTURE(heard);
    Session session;
    session.grant(list, report(), [](policy::ConsentToken&) {});
    static_cast<void>(session.world->ticket_for(create_event));
    if (heard) static_cast<void>(session.world->follow_key(true));
    auto before = session.lost();
    if (!heard) {
      before.api_key = must(crypto::SigningKey::generate());
      const auto now = session.world->now();
      before.keys =
          policy::with_retired(must(policy::with_next(before.keys, before.api_key.public_key(), now)), now, true);
    }
    session.go_on(std::move(before), heard ? 2 : 1);  // where it was heard, the turn has ended with it
    session.world->until([&] { return session.world->rows_of("grant.revoked") == 1; });
    CHECK(session.live_grants() == 0);
    CHECK(session.call(list, report()) == "permission_required");
    // The question itself was nobody's word: it goes on waiting, for a yes by the new key.
    CHECK(session.world->memory.ledger.state(session.world->memory.asked.back(), session.world->now()) ==
          policy::ChallengeState::pending);
  }
}
