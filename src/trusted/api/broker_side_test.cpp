// What brokers ask and report: turns, events and rows.
#include "api/approve.hpp"
#include "api/audit_intake.hpp"
#include "api/bus_desk.hpp"
#include "api/controls.hpp"
#include "api/delete_connection.hpp"
#include "api/desk_fixture.hpp"
#include "api/event_intake.hpp"
#include "api/reports_fixture.hpp"
#include "audit/row.hpp"
#include "wire/jws.hpp"

using namespace x1;
using namespace x1::api;
using namespace x1::api::testing;
using base::Code;
using wire::Value;

namespace {

struct Answers {
  std::vector<std::pair<std::string, std::string>> sent;
  BusDesk::Answer note() {
    return [this](const std::string& reply, std::string payload) { sent.emplace_back(reply, std::move(payload)); };
  }
};

std::string key_text(const Desk& desk) { return crypto::to_text(desk.boot.public_key()); }

}  // namespace

TEST_CASE("a broker that has lost the answer, or booted again, gets the open turn once more") {
  Desk desk;
  const auto again = must(next_turn(desk.services, desk.session, {key_text(desk), 0}));
  REQUIRE(again);
  CHECK(again->ends_with("\nhello"));
  CHECK_FALSE(must(next_turn(desk.services, desk.session, {key_text(desk), 1})));
  CHECK(next_turn(desk.services, desk.session, {"another", 0}).error().code == Code::forbidden);
}

TEST_CASE("the next turn opens only when the one before it is closed") {
  Desk desk;
  must(desk.store->turns().queue(desk.session, desk.ada.user, "next", desk.clock.now()));
  CHECK_FALSE(must(next_turn(desk.services, desk.session, {key_text(desk), 1})));
  must(take_events(desk.services, desk.session, event(desk, 1, "turn.closed", "ada", {{"outcome", "completed"}})));
  CHECK(desk.announcer.turns == 1);
  CHECK(must(next_turn(desk.services, desk.session, {key_text(desk), 1}))->ends_with("\nnext"));
}

TEST_CASE("answers go into the session's own inbox and nowhere else") {
  Desk desk;
  Answers answers;
  BusDesk bus(desk.services, answers.note());
  const auto question = key_text(desk) + " 0";
  for (const auto* reply : {"", "x1.session.s1.control", "_INBOX.s2.1", "_INBOX.s1", "$JS.API.STREAM.PURGE.x"}) {
    bus.took("x1.api.session.s1.turn", reply, question);
  }
  CHECK(answers.sent.empty());
  bus.took("x1.api.session.s1.turn", "_INBOX.s1.1", question);
  CHECK(answers.sent.size() == 1);
}

TEST_CASE("a question for a turn waits, and is answered when there is one") {
  Desk desk;
  Answers answers;
  BusDesk bus(desk.services, answers.note());
  bus.took("x1.api.session.s1.turn", "_INBOX.s1.1", key_text(desk) + " 1");
  CHECK(answers.sent.empty());
  must(desk.store->turns().close(desk.session, 1, "completed", desk.clock.now()));
  must(desk.store->turns().queue(desk.session, desk.ada.user, "next", desk.clock.now()));
  bus.turn_waits(desk.session);
  REQUIRE(answers.sent.size() == 1);
  CHECK(answers.sent[0].first == "_INBOX.s1.1");
  bus.turn_waits(desk.session);
  CHECK(answers.sent.size() == 1);
}

TEST_CASE("a turn is not handed to a question that nobody waits for any more") {
  Desk desk;
  Answers answers;
  BusDesk bus(desk.services, answers.note());
  bus.took("x1.api.session.s1.turn", "_INBOX.s1.1", key_text(desk) + " 1");
  must(desk.store->turns().close(desk.session, 1, "completed", desk.clock.now()));
  must(desk.store->turns().queue(desk.session, desk.ada.user, "next", desk.clock.now()));
  desk.clock.advance(BusDesk::patience);
  bus.turn_waits(desk.session);
  CHECK(answers.sent.empty());
  CHECK(must(desk.store->turns().find(desk.session, 2))->state == TurnState::queued);
}

TEST_CASE("an event counts once, in order, and only in its actor's name") {
  Desk desk;
  const auto first = event(desk, 1, "agent.status", "ada", {{"text", "one"}});
  const auto seq = [&](const std::string& token) { return receipt_of(desk, token).seq; };
  CHECK(seq(event(desk, 2, "agent.status", "ada", {{"text", "early"}})) == 0);
  CHECK(seq(first) == 1);
  CHECK(seq(first) == 1);
  CHECK(must(desk.store->journal().events(desk.session, 0, 10)).size() == 1);
  const auto other = event(desk, 1, "agent.status", "ada", {{"text", "changed"}});
  CHECK(verdict(desk, other) == "conflict");
  CHECK(seq(other) == 1);
  CHECK(verdict(desk, event(desk, 2, "agent.status", "bob", {{"text", "x"}})) == "invalid_request");
  CHECK(verdict(desk, event(desk, 3, "agent.status", "", {{"text", "x"}})) == "ok");
}

TEST_CASE("an event that is refused uses up its number, says so each time, and holds up nothing after it") {
  Desk desk;
  const auto question = desk.question("c1", desk.ada.user);
  must(desk.store->connections().remove(desk.connection));
  const auto orphan = event(desk, 1, "consent.asked", "ada", payload_of(question));
  for (int time = 0; time < 2; ++time) {
    const auto receipt = receipt_of(desk, orphan);
    CHECK(receipt.seq == 1);
    CHECK(receipt.refused == std::vector{policy::Refusal{1, "not_found"}});
  }
  CHECK(verdict(desk, event(desk, 1, "consent.asked", "ada", {{"challenge", "another"}})) == "conflict");
  CHECK(verdict(desk, event(desk, 2, "turn.closed", "ada", {{"outcome", "completed"}})) == "ok");
  const auto events = must(desk.store->journal().events(desk.session, 0, 10));
  REQUIRE(events.size() == 2);
  CHECK(events[0].type == "event.refused");
  CHECK(*events[0].payload.find_string("type") == "consent.asked");
  CHECK(*events[0].payload.find_string("code") == "not_found");
  CHECK_FALSE(must(desk.store->consents().challenge(question.id)));
}

TEST_CASE("an event without a number, or of another session, gets no receipt") {
  Desk desk;
  for (const auto& payload : {Value(Value::Object{{"session", "s1"}, {"seq", 0}}), Value(Value::Object{{"seq", 1}}),
                              Value(Value::Object{{"session", "s1"}, {"seq", "1"}}), Value(Value::Array{})}) {
    const auto token = wire::sign_jws(wire::TokenType::event, payload, desk.boot);
    CHECK(take_events(desk.services, desk.session, token).error().code == Code::invalid_request);
  }
  const auto elsewhere =
      wire::sign_jws(wire::TokenType::event, Value::Object{{"session", "s2"}, {"seq", 1}}, desk.boot);
  CHECK(take_events(desk.services, desk.session, elsewhere).error().code == Code::invalid_token);
  CHECK(must(desk.store->journal().last_broker_seq(desk.session)) == 0);
}

TEST_CASE("events that come together are taken in order, in one go, with one receipt") {
  Desk desk;
  const auto status = [&](std::uint64_t seq, std::string_view actor = "ada") {
    return event(desk, seq, "agent.status", actor, {{"text", "n" + std::to_string(seq)}});
  };
  const auto stored = [&] { return must(desk.store->journal().events(desk.session, 0, 100)).size(); };
  CHECK(receipt_of(desk, status(1) + "\n" + status(2) + "\n" + status(3)).seq == 3);
  CHECK(stored() == 3);
  // Told again, with more behind; one of them is wrong, and those behind it are not held up.
  const auto receipt = receipt_of(desk, status(2) + "\n" + status(3) + "\n" + status(4, "bob") + "\n" + status(5));
  CHECK(receipt.seq == 5);
  CHECK(receipt.refused == std::vector<policy::Refusal>{{4, "invalid_request"}});
  // A gap ends the batch.
  CHECK(receipt_of(desk, status(6) + "\n" + status(8)).seq == 6);
}

TEST_CASE("what can't be believed at all ends a batch of events: those before it count, those behind it do not") {
  Desk desk;
  const auto status = [&](std::uint64_t seq) { return event(desk, seq, "agent.status", "ada", {{"text", "x"}}); };
  auto forged = status(2);
  forged.back() = forged.back() == 'A' ? 'B' : 'A';
  forged[forged.size() / 2] = forged[forged.size() / 2] == 'A' ? 'B' : 'A';
  CHECK(receipt_of(desk, status(1) + "\n" + forged + "\n" + status(2)).seq == 1);
  CHECK(take_events(desk.services, desk.session, forged + "\n" + status(2)).error().code == Code::invalid_token);
  for (const auto& nothing : {std::string(), std::string("\n"), "\n" + status(2)})
    CHECK(take_events(desk.services, desk.session, nothing).error().code == Code::invalid_token);
  std::string many;
  for (std::uint64_t seq = 2; seq <= 66; ++seq)
    many += (many.empty() ? "" : "\n") + status(seq);
  CHECK(take_events(desk.services, desk.session, many).error().code == Code::too_large);
  CHECK(must(desk.store->journal().last_broker_seq(desk.session)) == 1);
}

TEST_CASE("a broker can't report what only the platform may say") {
  Desk desk;
  std::uint64_t seq = 0;
  for (const auto* type : {"turn.queued", "user.message", "agent.exited", "consent.approved", "event.refused"}) {
    CHECK(verdict(desk, event(desk, ++seq, type, "ada", {})) == "invalid_request");
  }
  for (const auto& stored : must(desk.store->journal().events(desk.session, 0, 10)))
    CHECK(stored.type == "event.refused");
}

TEST_CASE("a question is asked only about what it says, of the actor, for a connection of theirs") {
  Desk desk;
  auto question = desk.question("c1", desk.ada.user);
  auto lying = question;
  lying.digest = crypto::sha256("something harmless");
  CHECK(verdict(desk, event(desk, 1, "consent.asked", "ada", payload_of(lying))) != "ok");
  const auto his = desk.question("c1", desk.bob.user);
  CHECK(verdict(desk, event(desk, 2, "consent.asked", "ada", payload_of(his))) == "invalid_request");
  auto elsewhere = question;
  elsewhere.request.connection = id<ConnectionId>("unknown");
  elsewhere.digest = digest_of(elsewhere.request);
  CHECK(verdict(desk, event(desk, 3, "consent.asked", "ada", payload_of(elsewhere))) == "not_found");
  CHECK_FALSE(must(desk.store->consents().challenge(question.id)));
  CHECK(verdict(desk, event(desk, 4, "consent.asked", "ada", payload_of(question))) == "ok");
}

TEST_CASE("a question that is reported again is the same question, and another under its id is refused") {
  Desk desk;
  const auto question = desk.question("c1", desk.ada.user);
  must(take_events(desk.services, desk.session, event(desk, 1, "consent.asked", "ada", payload_of(question))));
  // With the signature of the broker that asks now, which people can check.
  auto again = payload_of(question);
  again["signature"] = "by the broker of now";
  must(take_events(desk.services, desk.session, event(desk, 2, "consent.asked", "", again)));
  CHECK(*must(desk.store->consents().challenge(question.id))->asked.find_string("signature") == "by the broker of now");
  auto other = question;
  other.request.arguments = wire::Value::Object{{"day", "tomorrow"}};
  other.digest = digest_of(other.request);
  CHECK(verdict(desk, event(desk, 3, "consent.asked", "ada", payload_of(other))) == "invalid_request");
}

TEST_CASE("a grant without a consent is not believed") {
  Desk desk;
  desk.asked("c1", desk.ada.user);
  const auto claimed = event(desk, 1, "consent.granted", "ada", {{"challenge", "c1"}, {"grant", "g1"}});
  CHECK(verdict(desk, claimed) == "not_found");
  CHECK(must(desk.store->consents().grants(desk.session)).empty());
}

TEST_CASE("D2: a consent that was on its way when its connection was forgotten is taken back when it is redeemed") {
  Desk desk;
  const auto asked = desk.asked("c1", desk.ada.user);
  must(approve::process(desk.ada, {asked.id, asked.digest, policy::Lifetime::session, std::nullopt}, desk.services));
  delete_connection::process(desk.ada, {desk.connection}, desk.services,
                             [](const base::Result<base::Done>& done) { must(done); });
  const auto consent = must(desk.store->outbox().oldest(desk.session));
  must(desk.store->outbox().done(consent->id, "ok"));
  CHECK_FALSE(must(desk.store->outbox().oldest(desk.session)));
  const auto announced = desk.announcer.controls;
  CHECK(verdict(desk, event(desk, 1, "consent.granted", "ada", {{"challenge", "c1"}, {"grant", "g1"}})) == "ok");
  CHECK(must(desk.store->consents().grant(id<GrantId>("g1")))->state == GrantState::revoking);
  CHECK(desk.announcer.controls == announced + 1);
  const std::vector keys{desk.key.public_key()};
  const auto control =
      must(policy::verify_control(must(desk.store->outbox().oldest(desk.session))->token, keys, desk.clock.now()));
  CHECK(std::get<policy::RevokeGrants>(control.action).grant == id<GrantId>("g1"));
}

TEST_CASE("rows are taken in order, once, and only when a broker of the session signed them") {
  Desk desk;
  audit::Chain chain(desk.session.text());
  const auto line = [&](const crypto::SigningKey& key) {
    audit::Entry entry;
    entry.time = desk.clock.now();
    entry.kind = "call.allowed";
    const auto row = chain.next(std::move(entry), key.key_id());
    if (&key == &desk.boot) chain.accept(row);
    return audit::encode_line(row, key);
  };
  CHECK(take_audit(desk.services, desk.session, line(desk.key)).error().code == Code::invalid_token);
  const auto first = line(desk.boot);
  const auto second = line(desk.boot);
  const std::vector keys{desk.key.public_key()};
  const auto seq = [&](const std::string& lines) {
    return must(policy::verify_receipt(must(take_audit(desk.services, desk.session, lines)), keys)).seq;
  };
  CHECK(seq(second) == 0);
  CHECK(seq(first + "\n" + second) == 2);
  CHECK(seq(first) == 2);
  CHECK(must(desk.store->journal().head(desk.session.text())).hash == chain.head());
}

TEST_CASE("D5: a token that is refused when it comes again refuses nothing that it granted when it came first") {
  Desk desk;
  const auto asked = desk.asked("c1", desk.ada.user);
  must(approve::process(desk.ada, {asked.id, asked.digest, policy::Lifetime::once, std::nullopt}, desk.services));
  const auto consent = must(desk.store->outbox().oldest(desk.session));
  CHECK(verdict(desk, event(desk, 1, "consent.granted", "ada", {{"challenge", "c1"}, {"grant", "g1"}})) == "ok");
  CHECK(settle(desk.services, *consent, "conflict").ok());
  CHECK(must(desk.store->consents().challenge(asked.id))->state == ChallengeState::granted);
}

TEST_CASE("D5: a question that waits and is denied by its broker was denied, and no yes of it refused") {
  Desk desk;
  const auto asked = desk.asked("c1", desk.ada.user);
  CHECK(verdict(desk, event(desk, 1, "consent.denied", "ada", {{"challenge", "c1"}})) == "ok");
  CHECK(must(desk.store->consents().challenge(asked.id))->state == ChallengeState::denied);
}

TEST_CASE("H1: an event that contradicts what is stored is refused, but not as another one under its number") {
  Desk desk;
  const auto asked = desk.asked("c1", desk.ada.user);
  must(approve::process(desk.ada, {asked.id, asked.digest, policy::Lifetime::once, std::nullopt}, desk.services));
  CHECK(verdict(desk, event(desk, 1, "consent.granted", "ada", {{"challenge", "c1"}, {"grant", "g1"}})) == "ok");
  const auto second = event(desk, 2, "consent.granted", "ada", {{"challenge", "c1"}, {"grant", "g2"}});
  CHECK(verdict(desk, second) == "invalid_request");
  CHECK(verdict(desk, second) == "invalid_request");
  CHECK(verdict(desk, event(desk, 2, "agent.status", "ada", {{"text", "x"}})) == "conflict");
  // One that the database itself does not let happen.
  const auto another = desk.asked("c2", desk.ada.user);
  must(approve::process(desk.ada, {another.id, another.digest, policy::Lifetime::once, std::nullopt}, desk.services));
  const auto third = event(desk, 3, "consent.granted", "ada", {{"challenge", "c2"}, {"grant", "g1"}});
  CHECK(verdict(desk, third) == "invalid_request");
  // What was spent may be told to be revoked, and stays what it was first.
  must(desk.store->consents().set_state(id<GrantId>("g1"), GrantState::spent));
  CHECK(verdict(desk, event(desk, 4, "grant.revoked", "ada", {{"grants", wire::Value::Array{"g1"}}})) == "ok");
  CHECK(must(desk.store->consents().grant(id<GrantId>("g1")))->state == GrantState::spent);
}
