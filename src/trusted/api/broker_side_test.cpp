// What brokers ask and report: turns, events, and the controls that are sent to them.
#include "api/approve.hpp"
#include "api/audit_intake.hpp"
#include "api/bus_desk.hpp"
#include "api/close_turn.hpp"
#include "api/control_sender.hpp"
#include "api/controls.hpp"
#include "api/delete_connection.hpp"
#include "api/desk_fixture.hpp"
#include "api/event_intake.hpp"
#include "api/revoke_grant.hpp"
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

std::string event(const Desk& desk, std::uint64_t seq, std::string_view type, std::string_view actor,
                  Value::Object payload) {
  return wire::sign_jws(wire::TokenType::event,
                        Value::Object{{"session", desk.session.text()},
                                      {"seq", static_cast<std::int64_t>(seq)},
                                      {"time", base::format_time(desk.clock.now())},
                                      {"type", type},
                                      {"actor", actor},
                                      {"turn", actor.empty() ? 0 : 1},
                                      {"payload", std::move(payload)}},
                        desk.boot);
}

policy::Receipt receipt_of(Desk& desk, const std::string& token) {
  const std::vector keys{desk.key.public_key()};
  return must(policy::verify_receipt(must(take_events(desk.services, desk.session, token)), keys));
}
// The code with which the API refused the one event, or "ok".
std::string verdict(Desk& desk, const std::string& token) {
  const auto receipt = receipt_of(desk, token);
  return receipt.refused.empty() ? "ok" : receipt.refused.at(0).code;
}

Value::Object payload_of(const policy::Challenge& challenge) { return {{"challenge", policy::to_value(challenge)}}; }

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
  must(take_events(desk.services, desk.session, event(desk, 2, "consent.asked", "", payload_of(question))));
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

TEST_CASE("a control is sent until it is acknowledged, and the next one after it") {
  Desk desk;
  std::vector<std::pair<std::string, Then<std::string>>> asked;
  ControlSender sender(desk.services, [&](const std::string& subject, const std::string&, Then<std::string> then) {
    asked.emplace_back(subject, std::move(then));
  });
  must(add_control(desk.services, desk.session, desk.ada.user, policy::CancelTurn{base::TurnNumber{1}}));
  must(add_control(desk.services, desk.session, desk.ada.user, policy::EndSession{}));
  sender.send(desk.session);
  sender.send(desk.session);
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].first == "x1.session.s1.control");
  asked[0].second(base::Error{Code::timed_out, "Nobody.", ""});
  CHECK(asked.size() == 1);
  sender.retry();
  REQUIRE(asked.size() == 2);
  const auto then = asked[1].second;
  then(std::string("ok"));
  REQUIRE(asked.size() == 3);
  const auto last = asked[2].second;
  last(std::string("error conflict Nothing to end."));
  CHECK(must(desk.store->outbox().waiting()).empty());
}

TEST_CASE("a revocation outlives a clock that steps back: only a definite refusal settles it") {
  Desk desk;
  std::vector<Then<std::string>> asked;
  ControlSender sender(desk.services, [&](const std::string&, const std::string&, Then<std::string> then) {
    asked.push_back(std::move(then));
  });
  const auto answer = [&](const std::string& text) {
    const auto then = asked.back();
    then(text);
  };
  must(add_control(desk.services, desk.session, desk.ada.user, policy::RevokeGrants{}));
  sender.send(desk.session);
  base::Duration pause = std::chrono::seconds(2);
  for (const auto* refusal : {"error clock_skew The control comes from the future.", "error storage_failed Disk full.",
                              "error unavailable", "error a_new_code x", "nonsense"}) {
    const auto before = asked.size();
    answer(refusal);
    CHECK(must(desk.store->outbox().waiting()).size() == 1);
    desk.clock.advance(pause - std::chrono::milliseconds(1));
    sender.retry();
    CHECK(asked.size() == before);
    desk.clock.advance(std::chrono::milliseconds(1));
    sender.retry();
    CHECK(asked.size() == before + 1);
    pause = std::min<base::Duration>(pause * 2, std::chrono::minutes(1));
  }
  answer("error clock_skew x");
  desk.clock.advance(-std::chrono::hours(5));  // and the API's own clock steps back, too
  const auto before = asked.size();
  sender.retry();
  CHECK(asked.size() == before + 1);
  answer("ok");
  CHECK(must(desk.store->outbox().waiting()).empty());
}

namespace {

// What was sent, as the actions of its controls, each answered at once by what `answer` says of it.
struct Sent {
  explicit Sent(Desk& world) : desk(world) {}
  void send(const std::string& token, const Then<std::string>& then) {
    const std::vector keys{desk.key.public_key()};
    const auto control = must(policy::verify_control(token, keys, desk.clock.now() + std::chrono::hours(24)));
    const bool is_answer = std::holds_alternative<policy::AnswerQuestion>(control.action);
    actions += is_answer ? "answer " : "revoke ";
    then(is_answer ? answers : std::string("ok"));
  }
  Desk& desk;
  std::string actions;
  std::string answers = "error clock_skew The control comes from the future.";
  ControlSender sender{desk.services, [this](const std::string&, const std::string& token,
                                             const Then<std::string>& then) { send(token, then); }};
};

}  // namespace

TEST_CASE("D2: a revocation overtakes what its broker can't take now, also while that waits to be sent again") {
  Desk desk;
  Sent sent(desk);
  const auto add = [&](policy::ControlAction action) {
    must(add_control(desk.services, desk.session, desk.ada.user, std::move(action)));
    sent.sender.send(desk.session);
  };
  must(add_control(desk.services, desk.session, desk.ada.user, policy::AnswerQuestion{"q1", "Yes."}));
  add(policy::RevokeGrants{});
  CHECK(sent.actions == "answer revoke ");
  add(policy::RevokeGrants{});
  CHECK(sent.actions == "answer revoke revoke ");
  // The words that waited have not been forgotten, nor has how long they wait.
  desk.clock.advance(std::chrono::seconds(2));
  sent.sender.retry();
  CHECK(sent.actions == "answer revoke revoke answer ");
  sent.sender.retry();
  CHECK(sent.actions == "answer revoke revoke answer ");
  sent.answers = "ok";
  desk.clock.advance(std::chrono::seconds(4));
  sent.sender.retry();
  CHECK(must(desk.store->outbox().waiting()).empty());
}

TEST_CASE("a session that is over has nothing left to be sent, and no grant that is not revoked") {
  Desk desk;
  const auto asked = desk.asked("c1", desk.ada.user);
  must(approve::process(desk.ada, {asked.id, asked.digest, policy::Lifetime::session, std::nullopt}, desk.services));
  for (const auto& [name, state] : {std::pair{"c2", GrantState::live}, {"c3", GrantState::revoking}}) {
    const auto of = desk.asked(name, desk.ada.user);
    must(desk.store->consents().add_grant({id<GrantId>(name), desk.session, of.id, desk.ada.user, "calendar.read",
                                           desk.connection, policy::Lifetime::session, std::nullopt, state,
                                           desk.clock.now()}));
  }
  must(add_control(desk.services, desk.session, desk.ada.user, policy::RevokeGrants{id<GrantId>("c3"), std::nullopt}));
  must(took(desk.services, seam::launch::SessionEnded{desk.session.text(), "stopped"}));
  CHECK(must(desk.store->outbox().waiting()).empty());
  CHECK(must(desk.store->consents().challenge(asked.id))->state == ChallengeState::refused);
  for (const auto& grant : must(desk.store->consents().grants(desk.session)))
    CHECK(grant.state == GrantState::revoked);
  int sent = 0;
  ControlSender sender(desk.services,
                       [&](const std::string&, const std::string&, const Then<std::string>&) { ++sent; });
  sender.send(desk.session);
  sender.retry();
  CHECK(sent == 0);
  // What its broker had still said before it ended.
  CHECK(verdict(desk, event(desk, 1, "consent.granted", "ada", {{"challenge", "c1"}, {"grant", "g1"}})) == "ok");
  CHECK(must(desk.store->consents().grant(id<GrantId>("g1")))->state == GrantState::revoked);
}

TEST_CASE("a grant that is live in a session that is over is revoked with nobody to tell") {
  Desk desk;
  const auto asked = desk.asked("c1", desk.ada.user);
  must(took(desk.services, seam::launch::SessionEnded{desk.session.text(), "stopped"}));
  const auto grant = id<GrantId>("g1");
  must(desk.store->consents().add_grant({grant, desk.session, asked.id, desk.ada.user, "calendar.read", desk.connection,
                                         policy::Lifetime::session, std::nullopt, GrantState::live, desk.clock.now()}));
  const auto rows = desk.platform_rows();
  CHECK(must(revoke_grant::process(desk.ada, {desk.session, grant}, desk.services)).state == GrantState::revoked);
  CHECK(desk.platform_rows() == rows + 1);
  CHECK(must(desk.store->outbox().waiting()).empty());
}

TEST_CASE("after a restart of the API nothing is sent to the sessions of before") {
  Desk desk;
  const auto running = desk.asked("c1", desk.ada.user);
  must(approve::process(desk.ada, {running.id, running.digest, policy::Lifetime::once, std::nullopt}, desk.services));
  must(desk.store->sessions().add(
      {id<SessionId>("s0"), desk.ada.user, SessionState::ended, {}, "", false, "", "", desk.clock.now()}));
  must(add_control(desk.services, id<SessionId>("s0"), desk.ada.user, policy::RevokeGrants{}));
  must(end_all(desk.services, "the platform was restarted"));
  CHECK(must(desk.store->outbox().waiting()).empty());
  CHECK(must(desk.store->consents().challenge(running.id))->state == ChallengeState::refused);
}

TEST_CASE("a turn that is open is cancelled by its number, which no clock can confuse") {
  Desk desk;
  must(close_turn::process(desk.ada, {desk.session, 1}, desk.services));
  const auto sent = must(desk.store->outbox().oldest(desk.session));
  REQUIRE(sent);
  const std::vector keys{desk.key.public_key()};
  const auto control = must(policy::verify_control(sent->token, keys, desk.clock.now()));
  CHECK(control.action == policy::ControlAction(policy::CancelTurn{base::TurnNumber{1}}));
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
}

TEST_CASE("the end of its agent closes a turn by the agent's exit status") {
  for (const auto& [status, failed] : {std::pair{0U, false}, {3U, true}, {137U, true}}) {
    Desk desk;
    must(took(desk.services, seam::launch::AgentExited{desk.session.text(), status}));
    const auto sent = must(desk.store->outbox().oldest(desk.session));
    REQUIRE(sent);
    const std::vector keys{desk.key.public_key()};
    const auto control = must(policy::verify_control(sent->token, keys, desk.clock.now()));
    CHECK(control.action == policy::ControlAction(policy::FinishTurn{base::TurnNumber{1}, failed}));
  }
}

TEST_CASE("a consent that did not arrive in time is given up, and the person sees that") {
  Desk desk;
  const auto asked = desk.asked("c1", desk.ada.user);
  must(desk.store->consents().set_state(asked.id, ChallengeState::approved));
  const auto now = desk.clock.now();
  must(add_consent(desk.services,
                   {"t1", asked.id, desk.session, desk.ada.user, "calendar.read", desk.connection, asked.digest,
                    policy::Lifetime::once, std::nullopt, now, now + policy::max_consent_life}));
  ControlSender sender(desk.services, [](const std::string&, const std::string&, Then<std::string> then) {
    then(base::Error{Code::unavailable, "No bus.", ""});
  });
  sender.send(desk.session);
  desk.clock.advance(policy::max_consent_life);
  sender.retry();
  CHECK(must(desk.store->outbox().waiting()).empty());
  CHECK(must(desk.store->consents().challenge(asked.id))->state == ChallengeState::refused);
}
