// The control desk beside the turn loop, with the test as the API: what is obeyed, when, and what a restart remembers.
#include "broker/control_desk.hpp"

#include <doctest/doctest.h>

#include "broker/core_rig.hpp"
#include "broker/rows.hpp"
#include "broker/turn_loop.hpp"
#include "os/socket.hpp"
#include "policy/passkey_examples.hpp"
#include "seam/gate.hpp"

using namespace x1;
using namespace x1::broker;
using namespace x1::broker::testing;
using examples::at;
using policy::ControlAction;

namespace {

struct World {
  World() {
    gate_end.start(
        [this](std::string_view frame) {
          const auto message = seam::decode_frame<seam::gate::ToGate>(frame).value();
          if (std::holds_alternative<seam::gate::TurnOpened>(message)) at_gate += "opened ";
          if (std::holds_alternative<seam::gate::TurnClosed>(message)) at_gate += "closed ";
        },
        [](const base::Error&) {});
    gate.start([](std::string_view) {}, [](const base::Error&) {});
    loop.start();
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // The API has opened that turn: its answer to the question that waits.
  void open(std::uint64_t number) {
    const std::string facts = R"({"connections":[]})";
    const policy::TurnCertificate certificate{rig.session,
                                              base::TurnNumber{number},
                                              examples::id<base::UserId>("ada"),
                                              crypto::sha256("go on"),
                                              crypto::sha256(facts),
                                              rig.key.public_key(),
                                              rig.clock.now(),
                                              rig.clock.now() + std::chrono::hours(1)};
    rig.bus.take(".turn").then(policy::sign(certificate, rig.api_key) + "\n" + facts + "\ngo on");
  }
  void opened(std::uint64_t number) {
    open(number);
    rig.until([&] { return at_gate.ends_with("opened "); });
  }
  std::string control(const ControlAction& action, base::TimePoint issued = at(10)) {
    const policy::Control made{"k" + std::to_string(++controls), rig.session, examples::id<base::UserId>("ada"), action,
                               issued};
    return answer_to(policy::sign(made, rig.api_key));
  }
  std::string answer_to(const std::string& token) {
    std::optional<std::string> answer;
    desk.take(token, [&](std::string text) { answer = std::move(text); });
    rig.until([&] { return answer.has_value(); });
    return answer->substr(0, answer->find(' ', answer->find(' ') + 1));
  }
  [[nodiscard]] TurnPtr turn() const {
    return std::make_shared<const Turn>(
        Turn{{rig.session, base::TurnNumber{3}, examples::id<base::UserId>("ada"), crypto::sha256("go"),
              crypto::sha256("{}"), rig.key.public_key(), at(0), at(3600)},
             "token",
             "go",
             {}});
  }
  // What a restart reads back.
  [[nodiscard]] std::vector<audit::Row> rows() const {
    std::vector<audit::Row> all;
    const auto text = rig.journal.file().read(0, 1 << 20).value();
    for (std::size_t begin = 0; begin < text.size();) {
      const auto end = text.find('\n', begin);
      all.push_back(audit::decode_line(text.substr(begin, end - begin)).value().row);
      begin = end + 1;
    }
    return all;
  }
  // In whose name the last thing of that type was told to the people: "" is nobody's.
  [[nodiscard]] std::string teller_of(std::string_view type) {
    std::string teller = "nothing of it was told";
    REQUIRE(rig.events.sync().ok());
    const auto text = rig.events.file().read(0, 1 << 20).value();
    const auto key = rig.key.public_key();
    for (std::size_t begin = 0; begin < text.size();) {
      const auto end = text.find('\n', begin);
      const auto event =
          wire::verify_jws(wire::TokenType::event, text.substr(begin, end - begin), std::span(&key, 1)).value();
      if (*event.find_string("type") == type) teller = *event.find_string("actor");
      begin = end + 1;
    }
    return teller;
  }
  // A question as it stands at this point of the session.
  [[nodiscard]] policy::Challenge question(std::string_view name) const {
    auto challenge = examples::challenge(name);
    for (const auto& entered : rig.memory.ledger.entered())
      challenge.sources.push_back(entered.source);
    return challenge;
  }
  // A grant for the session, as a question and a yes to it make it.
  void give_grant() {
    const auto challenge = question("c1");
    apply_fact(rig.memory, policy::Asked{challenge});
    CHECK(answer_to(policy::sign(examples::consent(challenge, policy::Lifetime::session), rig.api_key)) == "ok");
    REQUIRE(rig.memory.ledger.grants().size() == 1);
  }

  CoreRig rig;
  std::pair<os::Fd, os::Fd> pair = os::socket_pair().value();
  net::SeamChannel gate_end{rig.context, std::move(pair.second)};
  GateLink gate{rig.context, std::move(pair.first)};
  std::pair<os::Fd, os::Fd> box_pair = os::socket_pair().value();
  BoxLink box{rig.context, std::move(box_pair.first)};
  TurnLoop loop{rig.core, gate, box,
                TurnEffects{[](const Turn&) {}, [this] { ++closed; }, [] {}, [](const base::Error&) {}}};
  bool ended = false;
  ControlDesk desk{
      rig.core,
      ControlEffects{[] {}, [](const policy::RevokeGrants&) {},
                     [this](std::string_view outcome) { loop.close(outcome); }, [this] { ended = true; },
                     [](std::string_view question, const std::string&) { return question == "q1"; },
                     [this](const std::string&, const std::function<void(base::Result<policy::Passkey>)>& then) {
                       vault_asked.push_back(then);
                     }}};
  std::vector<std::function<void(base::Result<policy::Passkey>)>> vault_asked;
  std::string at_gate;
  int closed = 0;
  int controls = 0;
};

}  // namespace

TEST_CASE("D2: a revocation is obeyed whatever its time is, and so is all that only takes something away") {
  World world;
  world.opened(3);
  world.give_grant();
  const auto future = world.rig.clock.now() + std::chrono::hours(1);
  CHECK(world.control(policy::RevokeGrants{world.rig.memory.ledger.grants()[0].id, std::nullopt}, future) == "ok");
  CHECK(world.rig.memory.ledger.grants()[0].revoked);
  const auto asked = world.question("c2");
  apply_fact(world.rig.memory, policy::Asked{asked});
  CHECK(world.control(policy::DenyChallenge{asked.id}, future) == "ok");
  CHECK(world.control(policy::CancelTurn{base::TurnNumber{3}}, future) == "ok");
  CHECK(world.closed == 1);
  CHECK(world.control(policy::EndSession{}, future) == "ok");
  CHECK(world.ended);
}

TEST_CASE("whose answer finds nobody that waits for it hears so") {
  World world;
  CHECK(world.control(policy::AnswerQuestion{"q2", "Yes."}) == "error not_found");
  CHECK(world.teller_of("agent.question_over").empty());
}

TEST_CASE("E1: what a person decides is told in nobody's name, whoever's turn is open by then") {
  World world;
  world.opened(3);
  CHECK(world.teller_of("turn.opened") == "ada");
  world.give_grant();
  CHECK(world.teller_of("consent.granted").empty());
  CHECK(world.control(policy::RevokeGrants{world.rig.memory.ledger.grants()[0].id, std::nullopt}) == "ok");
  CHECK(world.teller_of("grant.revoked").empty());
  const auto asked = world.question("c2");
  apply_fact(world.rig.memory, policy::Asked{asked});
  CHECK(world.control(policy::DenyChallenge{asked.id}) == "ok");
  CHECK(world.teller_of("consent.denied").empty());
}

TEST_CASE(
    "D2: a no that comes after its yes takes back what that gave, and one that comes before lets it give nothing") {
  World world;
  world.give_grant();
  const auto challenge = examples::challenge();
  CHECK(world.control(policy::DenyChallenge{challenge.id}) == "ok");
  const auto& grants = world.rig.memory.ledger.grants();
  CHECK(grants[0].revoked);
  // The same yes once more gives nothing either.
  CHECK(world.answer_to(policy::sign(examples::consent(challenge, policy::Lifetime::session), world.rig.api_key)) ==
        "ok");
  CHECK(grants.size() == 1);
  const auto second = examples::challenge("c2");
  apply_fact(world.rig.memory, policy::Asked{second});
  CHECK(world.control(policy::DenyChallenge{second.id}) == "ok");
  const auto late = examples::consent(second, policy::Lifetime::session, "t2");
  CHECK(world.answer_to(policy::sign(late, world.rig.api_key)) == "error conflict");
  CHECK(grants.size() == 1);
}

TEST_CASE("an answer from the future waits until its time has come") {
  World world;
  const auto issued = world.rig.clock.now() + std::chrono::hours(1);
  CHECK(world.control(policy::AnswerQuestion{"q1", "Yes."}, issued) == "error clock_skew");
  world.rig.clock.advance(std::chrono::hours(1));
  CHECK(world.control(policy::AnswerQuestion{"q1", "Yes."}, issued) == "ok");
  CHECK(world.control(policy::AnswerQuestion{"q2", "Yes."}, issued) == "error not_found");
}

TEST_CASE("a token is judged as what it says it is") {
  World world;
  const auto challenge = examples::challenge();
  apply_fact(world.rig.memory, policy::Asked{challenge});
  auto consent = examples::consent(challenge);
  const auto stranger = crypto::SigningKey::generate().value();
  CHECK(world.answer_to(policy::sign(consent, stranger)) == "error invalid_token");
  consent.issued = at(1000), consent.expires = at(1100);
  CHECK(world.answer_to(policy::sign(consent, world.rig.api_key)) == "error clock_skew");
  world.rig.clock.advance(std::chrono::hours(1));
  CHECK(world.answer_to(policy::sign(consent, world.rig.api_key)) == "error expired");
  CHECK(world.answer_to("nonsense") == "error invalid_token");
  CHECK(world.answer_to(std::string(100'000, 'x')) == "error too_large");
  CHECK(world.rig.memory.ledger.grants().empty());
}

TEST_CASE("a cancel ends the turn that it names, and no other, however the clock has moved") {
  World world;
  world.opened(3);
  CHECK(world.control(policy::CancelTurn{base::TurnNumber{2}}) == "ok");
  CHECK(world.closed == 0);
  // Asked for after the clock was set back: its time is before that of the turn.
  CHECK(world.control(policy::CancelTurn{base::TurnNumber{3}}, at(-3600)) == "ok");
  CHECK(world.closed == 1);
  world.opened(4);
  CHECK(world.control(policy::CancelTurn{base::TurnNumber{3}}) == "ok");
  CHECK(world.closed == 1);
}

TEST_CASE("a turn whose end comes before it is open is closed as soon as it opens, and the next one is not") {
  for (const ControlAction& end : {ControlAction(policy::FinishTurn{base::TurnNumber{3}, true}),
                                   ControlAction(policy::CancelTurn{base::TurnNumber{3}})}) {
    World world;
    CHECK(world.control(end) == "ok");
    world.open(3);
    world.rig.until([&] { return world.at_gate == "opened closed "; });
    CHECK(world.closed == 1);
    CHECK(world.rig.core.turns.current() == nullptr);
    world.opened(4);
    world.rig.context.poll();
    CHECK(world.rig.core.turns.open_turn(4));
    CHECK(world.closed == 1);
  }
}

namespace {

// What a broker that starts again knows of all that was written.
Memory read_back(World& world, std::size_t expected_rows) {
  Memory after;
  const auto rows = world.rows();
  for (const auto& row : rows)
    REQUIRE(replay(after, row, world.rig.core.api_keys).ok());
  CHECK(rows.size() == expected_rows);
  return after;
}

}  // namespace

TEST_CASE("E1: who speaks for the first time has entered the session, and a broker that starts again knows it") {
  World world;
  world.opened(3);
  world.opened(4);
  REQUIRE(world.rig.memory.ledger.entered().size() == 1);
  CHECK(world.rig.memory.ledger.entered()[0].source == policy::Source{policy::SourceKind::user, "ada"});
  std::optional<bool> durable;
  world.rig.commit.after_all([&](const base::Result<Recorded>& row) { durable = row.ok(); });
  world.rig.until([&] { return durable.has_value(); });
  CHECK(read_back(world, 4).ledger == world.rig.memory.ledger);  // entered, opened, closed, opened
}

TEST_CASE("a question is asked about another account only if it offers that one") {
  World world;
  auto challenge = examples::challenge();
  challenge.choices.accounts = {{examples::id<base::ConnectionId>("work"), "https://work.example/"}};
  apply_fact(world.rig.memory, policy::Asked{challenge});
  CHECK(world.control(policy::DenyChallenge{challenge.id, false, examples::id<base::ConnectionId>("bobs")}) ==
        "error invalid_request");
  CHECK(world.control(policy::DenyChallenge{challenge.id, false, examples::id<base::ConnectionId>("work")}) == "ok");
  REQUIRE(world.rig.memory.ledger.instead_of(challenge.id) != nullptr);
  CHECK(world.rig.memory.ledger.instead_of(challenge.id)->text() == "work");
}

TEST_CASE("the early end of a turn outlives the broker that was told of it") {
  World world;
  CHECK(world.control(policy::FinishTurn{base::TurnNumber{3}, true}) == "ok");
  CHECK(world.control(policy::CancelTurn{base::TurnNumber{3}}) == "ok");
  const auto after = read_back(world, 2);
  CHECK(after.ended_turn == 3);
  CHECK(after.ended_how == "failed");
  CHECK(after.controls.size() == 2);
}

TEST_CASE(
    "D3: a high-risk yes is redeemed with the passkey that the vault names, and with no word of the API's alone") {
  World world;
  policy::testing::Authenticator ada;
  auto challenge = examples::challenge();
  challenge.assurance = policy::Assurance::passkey;
  apply_fact(world.rig.memory, policy::Asked{challenge});
  const auto bare = examples::consent(challenge, policy::Lifetime::session);
  const auto& grants = world.rig.memory.ledger.grants();
  CHECK(world.answer_to(policy::sign(bare, world.rig.api_key)) == "error passkey_required");
  CHECK(world.vault_asked.empty());

  std::optional<std::string> answer;
  const auto redeem = [&](const policy::ConsentToken& token, const base::Result<policy::Passkey>& vault) {
    answer.reset();
    world.desk.take(policy::sign(token, world.rig.api_key), [&](std::string text) { answer = std::move(text); });
    REQUIRE(world.vault_asked.size() == 1);
    CHECK_FALSE(answer);
    world.vault_asked.front()(vault);
    world.vault_asked.clear();
    world.rig.until([&] { return answer.has_value(); });
    return answer->substr(0, answer->find(' ', answer->find(' ') + 1));
  };
  // The API's own key, for which it says that the vault stands.
  policy::testing::Authenticator forger;
  CHECK(redeem(forger.confirmed(bare), base::Error{base::Code::passkey_required, "None.", ""}) ==
        "error passkey_required");
  CHECK(redeem(forger.confirmed(bare), ada.passkey) == "error invalid_token");
  // The vault is not there: nothing is granted, and the API may ask again.
  const auto confirmed = ada.confirmed(bare);
  CHECK(redeem(confirmed, base::Error{base::Code::timed_out, "Late.", ""}) == "error timed_out");
  // A touch for once does not become one for the session.
  auto once = bare;
  once.lifetime = policy::Lifetime::once;
  auto stretched = ada.confirmed(once);
  stretched.lifetime = policy::Lifetime::session;
  CHECK(redeem(stretched, ada.passkey) == "error invalid_token");
  CHECK(grants.empty());
  CHECK(redeem(confirmed, ada.passkey) == "ok");
  CHECK(grants.size() == 1);
}

TEST_CASE(
    "D2: a revocation of a scope, a person or the session catches a yes that is on its way, whichever comes first") {
  const auto ada = examples::id<base::UserId>("ada");
  for (const auto& what : {policy::RevokeGrants{}, policy::RevokeGrants{std::nullopt, "calendar.write"},
                           policy::RevokeGrants{std::nullopt, std::nullopt, ada}}) {
    for (const bool yes_first : {true, false}) {
      World world;
      const auto challenge = examples::challenge();
      apply_fact(world.rig.memory, policy::Asked{challenge});
      const auto yes = policy::sign(examples::consent(challenge, policy::Lifetime::session), world.rig.api_key);
      if (yes_first) CHECK(world.answer_to(yes) == "ok");
      CHECK(world.control(what) == "ok");
      if (!yes_first) CHECK(world.answer_to(yes) == "error conflict");
      const auto& ledger = world.rig.memory.ledger;
      CHECK(ledger.grants_for(ada, "calendar.write").empty());
      CHECK(ledger.grants().size() == (yes_first ? 1U : 0U));
    }
  }
}

TEST_CASE("D2: a revocation of somebody else's leaves a person's grants and their questions") {
  World world;
  world.give_grant();
  const auto waiting = examples::challenge("c2", examples::request("s1", "ada", "calendar.read"));
  apply_fact(world.rig.memory, policy::Asked{waiting});
  const auto bob = examples::id<base::UserId>("bob");
  CHECK(world.control(policy::RevokeGrants{std::nullopt, std::nullopt, bob}) == "ok");
  CHECK(world.control(policy::RevokeGrants{std::nullopt, "files.read"}) == "ok");
  const auto& ledger = world.rig.memory.ledger;
  CHECK_FALSE(ledger.grants()[0].revoked);
  CHECK(ledger.state(waiting.id, world.rig.clock.now()) == policy::ChallengeState::pending);
}

TEST_CASE("D2: a no for the session answers all of its kind that wait, holds when it comes late, and is lifted") {
  World world;
  const auto& ledger = world.rig.memory.ledger;
  auto second = examples::challenge("c2");
  second.turn = base::TurnNumber{4};
  const auto other = examples::challenge("c3", examples::request("s1", "ada", "calendar.read"));
  for (const auto& challenge : {examples::challenge(), second, other})
    apply_fact(world.rig.memory, policy::Asked{challenge});
  const auto c1 = examples::challenge().id;
  CHECK(world.control(policy::DenyChallenge{c1, true}) == "ok");
  const auto now = world.rig.clock.now();
  CHECK(ledger.state(c1, now) == policy::ChallengeState::denied);
  CHECK(ledger.state(second.id, now) == policy::ChallengeState::denied);
  CHECK(ledger.state(other.id, now) == policy::ChallengeState::pending);
  CHECK(world.control(policy::DenyChallenge{second.id, true}) == "error conflict");  // it holds already
  CHECK(world.control(policy::LiftDenial{other.id}) == "error not_found");
  CHECK(world.control(policy::LiftDenial{c1}) == "ok");
  const auto& request = other.request;
  CHECK(ledger.barred(request.actor, "calendar.write", request.connection) == nullptr);
  // Said in time, heard of late: the question has expired, and the no still holds.
  world.rig.clock.advance(std::chrono::hours(2));
  CHECK(world.control(policy::DenyChallenge{other.id}) == "error expired");
  CHECK(world.control(policy::DenyChallenge{other.id, true}) == "ok");
  CHECK(ledger.barred(request.actor, request.scope, request.connection) != nullptr);
}

TEST_CASE("D2: limits, what was used of them and a no for the session are the same after a restart") {
  World world;
  auto limited = examples::consent(examples::challenge(), policy::Lifetime::session);
  limited.limits = policy::Limits{5, 1000};
  auto& rig = world.rig;
  const auto asked = examples::challenge();
  const auto other = examples::challenge("c2", examples::request("s1", "ada", "calendar.read"));
  rig.core.record(rows::asked(rig.clock.now(), *world.turn(), asked), policy::LedgerFact(policy::Asked{asked}));
  rig.core.record(rows::asked(rig.clock.now(), *world.turn(), other), policy::LedgerFact(policy::Asked{other}));
  CHECK(world.answer_to(policy::sign(limited, rig.api_key)) == "ok");
  CHECK(world.control(policy::DenyChallenge{other.id, true}) == "ok");
  const auto grant = rig.memory.ledger.grants()[0].id;
  for (const policy::LedgerFact& fact :
       {policy::LedgerFact(policy::Used{grant, {1, 0}}), policy::LedgerFact(policy::Used{grant, {0, 900}}),
        policy::LedgerFact(policy::Returned{grant, 400})}) {
    auto row = rows::entry(rig.clock.now(),
                           std::holds_alternative<policy::Used>(fact) ? "grant.used" : "grant.returned", nullptr);
    row.detail = policy::to_value(fact);
    rig.core.record(std::move(row), fact);
  }
  CHECK(world.control(policy::AnswerQuestion{"q1", "Yes."}) == "ok");  // everything before it is durable
  Memory again;
  for (const auto& row : world.rows())
    REQUIRE(replay(again, row, rig.core.api_keys).ok());
  CHECK(again.ledger == rig.memory.ledger);
  CHECK(again.ledger.grants()[0].used == policy::Usage{1, 500});
  CHECK(again.controls == rig.memory.controls);
}

TEST_CASE("D2: a crash between the rows of one revocation has it obeyed again, and whole") {
  World world;
  world.give_grant();
  apply_fact(world.rig.memory, policy::Asked{examples::challenge("c2")});
  CHECK(world.control(policy::RevokeGrants{}) == "ok");
  const auto rows = world.rows();
  REQUIRE(rows.size() >= 3);
  for (std::size_t cut = 0; cut < rows.size(); ++cut) {
    Memory half;
    apply_fact(half, policy::Asked{examples::challenge()});
    apply_fact(half, policy::Asked{examples::challenge("c2")});
    for (std::size_t i = 0; i <= cut; ++i)
      CHECK(replay(half, rows[i], world.rig.core.api_keys).ok());
    const bool revoked = !half.ledger.grants().empty() && half.ledger.grants()[0].revoked;
    CHECK(half.controls.empty() == !revoked);
  }
}
