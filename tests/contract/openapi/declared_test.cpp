// Every declared operation is called, every declared answer is provoked, and each answer is held against its schema.
// The test plays supervisor, vault and broker to the real x1-api and x1-edge.
#include <doctest/doctest.h>

#include "contract/openapi/broker_end.hpp"
#include "contract/openapi/caller.hpp"
#include "os/system_clock.hpp"
#include "wire/json.hpp"

namespace x1::contract {
namespace {

using wire::Value;
namespace launch = seam::launch;
namespace vault = seam::vault;

std::string text(const Value& value, std::string_view name) {
  const auto* found = value.find_string(name);
  REQUIRE_MESSAGE(found != nullptr, name);
  return *found;
}

Value invitation() { return Value::Object{{"role", "participant"}}; }
Value session_body(bool start) { return Value::Object{{"command", Value::Array{"true"}}, {"start", start}}; }

struct Story {
  World world;
  Caller call{world};
  std::string member = {};  // somebody's token who owns nothing of what follows

  void people() {
    call({"health"}, 200);
    CHECK(text(call({"me"}, 200).body, "id") == "owner");
    const Value bob = Value::Object{{"name", "bob"}, {"password", "correct horse"}};
    call({"create_account", {}, bob}, 201);
    call({"create_account", {}, bob}, 409);
    call({"create_account", {}, Value::Object{{"name", "bob"}, {"password", "short"}}}, 400);
    call({"list_accounts"}, 200);
    member = text(call({"login", {}, bob}, 200).body, "token");
    CHECK(text(call({"me", {}, {}, member}, 200).body, "name") == "bob");
    call({"list_accounts", {}, {}, member}, 403);
    call({"create_account", {}, bob, member}, 403);
    call({"platform_audit", {}, {}, member}, 403);
    call({"me", {}, {}, "wrong-token"}, 401);
    auto nobody = world.over_unix();
    nobody.send(request_text({"GET", "/api/v1/me"}, world.host()));
    CHECK(nobody.answer(wire::Method::get).status == 401);
  }

  void logins() {
    const auto link = world.link();
    const auto second = text(call({"use_link", {}, Value::Object{{"link", link}}}, 200).body, "token");
    call({"use_link", {}, Value::Object{{"link", link}}}, 401);
    call({"logout", {}, {}, second}, 204);
    call({"me", {}, {}, second}, 401);
    const Value guess = Value::Object{{"name", "eve"}, {"password", "guess"}};
    for (int i = 0; i < 5; ++i)
      call({"login", {}, guess}, 401);
    CHECK(call({"login", {}, guess}, 429).header("retry-after") == "30");
  }

  std::string connect(const base::Result<vault::Kept>& outcome, int expected) {
    const Call keep{"create_connection", {}, Value::Object{{"record", "c2VhbGVk"}}};
    auto client = call.begin(keep);
    const auto asked = world.vault().expect<vault::FromApi, vault::Keep>();
    CHECK(base::as_text(asked.record) == "sealed");
    CHECK(asked.owner == "owner");
    if (outcome.ok()) {
      auto kept = *outcome;
      kept.id = asked.id;
      world.vault().send(seam::encode_frame(vault::ToApi(kept)));
    } else {
      world.vault().send(
          seam::encode_frame(vault::ToApi(vault::Refused{asked.id, outcome.error().code, outcome.error().message})));
    }
    return expected == 201 ? text(call.end(keep, client, 201).body, "id") : (call.end(keep, client, expected), "");
  }

  void forget(const std::string& connection, std::optional<base::Code> refusal, int expected) {
    const Call forget{"delete_connection", {connection}};
    auto client = call.begin(forget);
    const auto asked = world.vault().expect<vault::FromApi, vault::Forget>();
    CHECK(asked.connection == connection);
    CHECK(asked.owner == "owner");
    world.vault().send(refusal ? seam::encode_frame(vault::ToApi(vault::Refused{asked.id, *refusal, "No."}))
                               : seam::encode_frame(vault::ToApi(vault::Forgotten{asked.id})));
    call.end(forget, client, expected);
  }

  std::string connections() {
    using base::Code;
    connect(base::Error{Code::conflict, "No.", ""}, 409);
    connect(base::Error{Code::tls_failed, "No.", ""}, 422);
    connect(base::Error{Code::upstream_error, "No.", ""}, 502);
    connect(base::Error{Code::timed_out, "No.", ""}, 504);
    const auto gone = connect(vault::Kept{0, "caldav", "https://example.org/a/", "ada"}, 201);
    call({"list_connections"}, 200);
    CHECK(call({"list_connections", {}, {}, member}, 200).body.find("items")->array()->empty());
    call({"delete_connection", {gone}, {}, member}, 404);
    forget(gone, Code::upstream_error, 502);
    forget(gone, Code::timed_out, 504);
    forget(gone, std::nullopt, 204);
    call({"delete_connection", {gone}}, 404);
    return connect(vault::Kept{0, "caldav", "https://example.org/b/", "ada"}, 201);
  }

  void passkey(const std::string& operation, std::optional<base::Code> refusal, int expected) {
    const Value body = Value::Object{{"id", "a2V5"},
                                     {"public_key", "MCowBQYDK2VwAyEA6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw"},
                                     {"rp_id", "x1.example"},
                                     {"origin", "https://x1.example"}};
    const Call change{operation, {}, body};
    auto client = call.begin(change);
    const auto asked = world.vault().expect<vault::FromApi, vault::ChangePasskey>();
    CHECK(text(asked.passkey, "user") == "owner");
    CHECK(asked.remove == (operation == "remove_passkey"));
    const vault::Passkeys pinned{
        asked.id, Value::Object{{"revision", 1},
                                {"items", Value::Array{Value::Object{{"passkey", asked.passkey},
                                                                     {"added", "2026-11-24T20:00:00.000Z"},
                                                                     {"counter", 0},
                                                                     {"last", std::string(64, '0')}}}}}};
    world.vault().send(refusal ? seam::encode_frame(vault::ToApi(vault::Refused{asked.id, *refusal, "No."}))
                               : seam::encode_frame(vault::ToApi(pinned)));
    call.end(change, client, expected);
  }

  void passkeys() {
    using base::Code;
    for (const std::string operation : {"add_passkey", "remove_passkey"}) {
      passkey(operation, Code::passkey_required, 403);
      passkey(operation, Code::not_found, 404);
      passkey(operation, Code::conflict, 409);
      passkey(operation, std::nullopt, operation == "add_passkey" ? 201 : 200);
      const Value broken = Value::Object{{"id", "?"}, {"public_key", ""}, {"rp_id", ""}, {"origin", ""}};
      call({operation, {}, broken}, 400);
    }
    const Call list{"list_passkeys"};
    auto client = call.begin(list);
    const auto asked = world.vault().expect<vault::FromApi, vault::ListPasskeys>();
    CHECK(asked.user == "owner");
    world.vault().send(seam::encode_frame(
        vault::ToApi(vault::Passkeys{asked.id, Value::Object{{"revision", 0}, {"items", Value::Array{}}}})));
    call.end(list, client, 200);
  }

  void others() {
    const std::string none = "nothing";
    for (const auto* operation : {"get_session", "start_session", "end_session", "list_challenges", "list_grants",
                                  "session_audit", "stream_events", "list_members", "leave_session", "list_turns",
                                  "list_denials", "revoke_grants", "kill_session"}) {
      call({operation, {none}}, 404);
    }
    const Value words = Value::Object{{"text", "hello"}};
    call({"send_message", {none}, words}, 404);
    call({"create_invite", {none}, invitation()}, 404);
    call({"remove_member", {none, "bob"}}, 404);
    call({"join_session", {}, Value::Object{{"invite", "wrong"}}, member}, 404);
    call({"close_turn", {none, "1"}}, 404);
    call({"answer_question", {none, "q1"}, words}, 404);
    call({"revoke_grant", {none, "g1"}}, 404);
    call({"lift_denial", {none, "c1"}}, 404);
    const Value yes = Value::Object{{"digest", std::string(64, '0')}, {"lifetime", "once"}};
    call({"approve", {none}, yes}, 404);
    call({"deny", {none}}, 404);
  }

  std::string invite(const std::string& session) {
    return text(call({"create_invite", {session}, invitation()}, 201).body, "invite");
  }

  // Bob comes, is told what a participant may not, goes, comes again and is removed; then the room is full.
  void room() {
    const auto id = text(call({"create_session", {}, session_body(false)}, 201).body, "id");
    const Value token = Value::Object{{"invite", invite(id)}};
    call({"join_session", {}, token, member}, 200);
    call({"join_session", {}, token, member}, 404);
    call({"join_session", {}, Value::Object{{"invite", invite(id)}}, member}, 409);
    CHECK(call({"list_members", {id}, {}, member}, 200).body.find("items")->array()->size() == 2);
    CHECK(call({"list_turns", {id}, {}, member}, 200).body.find("items")->array()->empty());
    call({"send_message", {id}, Value::Object{{"text", "hello"}}, member}, 409);  // one command, its owner's turn
    call({"create_invite", {id}, invitation(), member}, 403);
    call({"remove_member", {id, "owner"}, {}, member}, 403);
    call({"revoke_grants", {id}, Value::Object{{"everybody", true}}, member}, 403);
    call({"leave_session", {id}, {}, member}, 204);
    call({"leave_session", {id}}, 409);
    call({"join_session", {}, Value::Object{{"invite", invite(id)}}, member}, 200);
    const auto bob = text(call({"me", {}, {}, member}, 200).body, "id");
    call({"remove_member", {id, bob}}, 204);
    call({"remove_member", {id, bob}}, 404);
    call({"remove_member", {id, "owner"}}, 409);
    const auto seeing = call({"create_invite", {id}, Value::Object{{"role", "viewer"}}}, 201).body;
    call({"join_session", {}, Value::Object{{"invite", text(seeing, "invite")}}, member}, 200);
    call({"kill_session", {id}, {}, member}, 403);
    call({"leave_session", {id}, {}, member}, 204);
    const auto last = invite(id);
    for (int i = 0; i < 15; ++i)
      call({"join_session", {}, Value::Object{{"invite", invite(id)}}, account("guest" + std::to_string(i))}, 200);
    call({"join_session", {}, Value::Object{{"invite", last}}, member}, 429);
    for (int i = 0; i < 14; ++i)
      invite(id);
    call({"create_invite", {id}, invitation()}, 201);
    call({"create_invite", {id}, invitation()}, 429);
    call({"end_session", {id}}, 202);
    call({"create_invite", {id}, invitation()}, 409);
    call({"revoke_grants", {id}}, 409);
    call({"lift_denial", {id, "c1"}}, 409);
    call({"kill_session", {id}}, 409);
  }

  std::string account(const std::string& name) {
    const Value account = Value::Object{{"name", name}, {"password", "correct horse"}};
    call({"create_account", {}, account}, 201);
    return text(call({"login", {}, account}, 200).body, "token");
  }

  std::string started_session(const crypto::SigningKey& boot) {
    const auto id = text(call({"create_session", {}, session_body(true)}, 201).body, "id");
    const auto start = world.supervisor().expect<launch::FromApi, launch::StartSession>();
    CHECK(start.session == id);
    CHECK(start.command == std::vector<std::string>{"true"});
    CHECK(start.sidecar_credentials.find("BEGIN NATS USER JWT") != std::string::npos);
    REQUIRE(start.providers.size() == 1);
    CHECK(start.providers[0].domain == "calendar");
    call({"start_session", {id}}, 409);
    world.supervisor().send(
        seam::encode_frame(launch::ToApi(launch::SessionStarted{id, crypto::to_text(boot.public_key())})));
    static_cast<void>(world.supervisor().expect<launch::FromApi, launch::Heard>());
    return id;
  }

  void many_sessions() {
    for (int i = 0; i < 62; ++i)
      call({"create_session", {}, session_body(false), member}, 201);
    call({"create_session", {}, Value::Object{{"command", Value::Array{}}, {"workspace", "/home"}}, member}, 403);
    const auto id = text(call({"create_session", {}, session_body(false), member}, 201).body, "id");
    call({"create_session", {}, session_body(false), member}, 201);
    call({"create_session", {}, session_body(false), member}, 429);
    call({"get_session", {id}}, 404);  // not even the platform's owner sees it
    call({"end_session", {id}, {}, member}, 202);
    call({"end_session", {id}, {}, member}, 409);
    call({"send_message", {id}, Value::Object{{"text", "too late"}}, member}, 409);
    const auto later = text(call({"create_session", {}, session_body(false), member}, 201).body, "id");
    call({"start_session", {later}, {}, member}, 202);
    CHECK(world.supervisor().expect<launch::FromApi, launch::StartSession>().session == later);
    const Value words = Value::Object{{"text", "hello"}};
    for (int i = 0; i < 16; ++i)
      call({"send_message", {later}, words, member}, 202);
    call({"send_message", {later}, words, member}, 429);
    call({"close_turn", {later, "16"}, {}, member}, 202);
    call({"close_turn", {later, "16"}, {}, member}, 409);
    call({"kill_session", {later}, {}, member}, 202);
    const auto killed = world.supervisor().expect<launch::FromApi, launch::StopSession>();
    CHECK(killed.session == later);
    CHECK(killed.at_once);
  }
};

// The consent part: one session, from its first message to its end.
struct Consent {
  Story& story;
  std::string connection;
  crypto::SigningKey boot = crypto::SigningKey::generate().value();
  std::string session = story.started_session(boot);
  BrokerEnd broker{story.world, session, boot};
  std::vector<crypto::PublicKey> keys{story.world.api_key()};

  void turn_opens() {
    auto& call = story.call;
    call({"answer_question", {session, "q1"}, Value::Object{{"text", "42"}}}, 409);
    broker.ask_later("turn", crypto::to_text(boot.public_key()) + " 0");
    call({"send_message", {session}, Value::Object{{"text", "What is on?\nToday"}}}, 202);
    const auto answer = broker.next_answer();
    const auto first = answer.find('\n');
    const auto second = answer.find('\n', first + 1);
    REQUIRE(second != std::string::npos);
    const auto certificate = policy::verify_turn(answer.substr(0, first), keys, os::SystemClock().now());
    REQUIRE(certificate.ok());
    CHECK(certificate->session.text() == session);
    CHECK(certificate->actor.text() == "owner");
    CHECK(certificate->boot_key == boot.public_key());
    CHECK(answer.substr(first + 1, second - first - 1) ==
          "{\"connections\":[{\"id\":\"" + connection + "\",\"kind\":\"caldav\",\"url\":\"https://example.org/b/\"}]}");
    CHECK(answer.substr(second + 1) == "What is on?\nToday");
    CHECK(certificate->message == crypto::sha256("What is on?\nToday"));
    const auto other = crypto::SigningKey::generate().value();
    CHECK(broker.ask("turn", crypto::to_text(other.public_key()) + " 0").starts_with("error forbidden"));
  }

  void reports() {
    const auto opened = broker.event("turn.opened", "owner", 1, {{"message", "What is on?"}});
    const auto receipt = policy::verify_receipt(broker.ask("event", opened), keys);
    REQUIRE(receipt.ok());
    CHECK(receipt->seq == 1);
    CHECK(policy::verify_receipt(broker.ask("event", opened), keys)->seq == 1);  // twice is once
    BrokerEnd other(story.world, session, boot);
    const auto another = policy::verify_receipt(other.report("agent.status", "owner", 1, {{"text", "another"}}), keys);
    CHECK(another->refused == std::vector{policy::Refusal{1, "conflict"}});
    const auto stranger = crypto::SigningKey::generate().value();
    BrokerEnd forger(story.world, session, stranger);
    CHECK(forger.report("agent.status", "owner", 1, {{"text", "x"}}).starts_with("error invalid_token"));
    const auto rows = broker.row("session.boot") + "\n" + broker.row("turn.opened");
    const auto audited = policy::verify_receipt(broker.ask("audit", rows), keys);
    REQUIRE(audited.ok());
    CHECK(audited->seq == 2);
    CHECK(audited->head == broker.chain().head());
    CHECK(forger.ask("audit", forger.row("session.boot")).starts_with("error conflict"));
  }

  Value approval(const policy::Challenge& question) {
    return Value::Object{{"digest", to_hex(question.digest)}, {"lifetime", "session"}};
  }

  policy::Challenge put(const std::string& id, base::Duration life = std::chrono::minutes(5)) {
    auto question = challenge(id, session, "owner", 1, connection, life);
    REQUIRE(policy::verify_receipt(broker.report("consent.asked", "owner", 1, asked(question)), keys).ok());
    return question;
  }

  void decisions() {
    auto& call = story.call;
    const auto question = put("c1");
    call({"approve", {"c1"}, approval(question), story.member}, 404);
    call({"approve", {"c1"}, Value::Object{{"digest", std::string(64, '0')}, {"lifetime", "once"}}}, 409);
    call({"approve", {"c1"}, Value::Object{{"digest", to_hex(question.digest)}, {"lifetime", "until"}}}, 400);
    CHECK(text(call({"approve", {"c1"}, approval(question)}, 200).body, "state") == "approved");
    call({"approve", {"c1"}, approval(question)}, 409);
    call({"deny", {"c1"}}, 409);
    const auto sent = broker.next_control();
    const auto token = policy::verify_consent(sent.payload, keys, os::SystemClock().now());
    REQUIRE(token.ok());
    CHECK(policy::answers(*token, question, os::SystemClock().now()).ok());
    broker.acknowledge(sent);
    REQUIRE(policy::verify_receipt(broker.report("consent.granted", "owner", 1,
                                                 {{"challenge", "c1"}, {"grant", "g1"}, {"lifetime", "session"}}),
                                   keys)
                .ok());
    put("c2");
    call({"deny", {"c2"}}, 200);
    const auto denied = broker.next_control();
    const auto control = policy::verify_control(denied.payload, keys, os::SystemClock().now());
    REQUIRE(control.ok());
    CHECK(std::get<policy::DenyChallenge>(control->action).challenge.text() == "c2");
    broker.acknowledge(denied);
    const auto late = put("c3", std::chrono::milliseconds(1));
    call({"approve", {"c3"}, approval(late)}, 410);
    call({"deny", {"c3"}}, 410);
    call({"list_challenges", {session}}, 200);
  }

  void grants() {
    auto& call = story.call;
    CHECK(call({"list_grants", {session}}, 200).body.find("items")->array()->size() == 1);
    call({"revoke_grant", {session, "g1"}}, 202);
    call({"revoke_grant", {session, "g1"}}, 409);
    const auto sent = broker.next_control();
    const auto control = policy::verify_control(sent.payload, keys, os::SystemClock().now());
    REQUIRE(control.ok());
    CHECK(std::get<policy::RevokeGrants>(control->action).grant->text() == "g1");
    broker.acknowledge(sent);
    REQUIRE(policy::verify_receipt(broker.report("grant.revoked", "owner", 1, {{"grants", Value::Array{"g1"}}}), keys)
                .ok());
    call({"answer_question", {session, "q1"}, Value::Object{{"text", "42"}}}, 202);
    broker.acknowledge(broker.next_control());
  }

  policy::ControlAction obeyed() {
    const auto sent = broker.next_control();
    auto control = policy::verify_control(sent.payload, keys, os::SystemClock().now());
    REQUIRE(control.ok());
    broker.acknowledge(sent);
    return std::move(control->action);
  }

  // The person wants to be asked about another account of theirs.
  void other_account() {
    auto& call = story.call;
    const auto other = story.connect(vault::Kept{0, "caldav", "https://example.org/c/", "ada"}, 201);
    const auto offer = [&](const std::string& id, base::Duration life) {
      auto question = challenge(id, session, "owner", 1, connection, life);
      question.choices.accounts = {{question.request.connection, "https://example.org/b/"},
                                   {base::ConnectionId::parse(other).value(), "https://example.org/c/"}};
      REQUIRE(policy::verify_receipt(broker.report("consent.asked", "owner", 1, asked(question)), keys).ok());
    };
    const Value instead = Value::Object{{"connection", other}};
    call({"use_connection", {"nothing"}, instead}, 404);
    offer("c5", std::chrono::minutes(5));
    call({"use_connection", {"c5"}, Value::Object{{"connection", "nothing"}}}, 400);
    call({"use_connection", {"c5"}, instead}, 200);
    CHECK(std::get<policy::DenyChallenge>(obeyed()).instead->text() == other);
    call({"use_connection", {"c5"}, instead}, 409);
    offer("c6", std::chrono::milliseconds(1));
    call({"use_connection", {"c6"}, instead}, 410);
  }

  // A no for the session, and its end; everything taken back at once.
  void standing() {
    auto& call = story.call;
    put("c4");
    call({"deny", {"c4"}, Value::Object{{"for_session", true}}}, 200);
    CHECK(std::get<policy::DenyChallenge>(obeyed()).for_session);
    REQUIRE(policy::verify_receipt(broker.report("consent.barred", "owner", 1, {{"challenge", "c4"}}), keys).ok());
    CHECK(call({"list_denials", {session}}, 200).body.find("items")->array()->size() == 1);
    call({"join_session", {}, Value::Object{{"invite", story.invite(session)}}, story.member}, 200);
    call({"lift_denial", {session, "c4"}, {}, story.member}, 403);
    call({"leave_session", {session}, {}, story.member}, 204);
    call({"lift_denial", {session, "c4"}}, 202);
    CHECK(std::get<policy::LiftDenial>(obeyed()).challenge.text() == "c4");
    CHECK(call({"revoke_grants", {session}, Value::Object{{"scope", "calendar.read"}}}, 202).body.find("grants"));
    CHECK(std::get<policy::RevokeGrants>(obeyed()).scope == "calendar.read");
    call({"revoke_own_grants"}, 202);
    CHECK(std::get<policy::RevokeGrants>(obeyed()).actor->text() == "owner");
  }

  // The events so far, and the end as it happens; then once more from the middle.
  void streams() {
    auto stream = story.call.begin({"stream_events", {session}});
    CHECK(stream.waits_for("event: grant.revoked"));
    CHECK(stream.held().starts_with("HTTP/1.1 200"));
    CHECK(stream.held().find("content-type: text/event-stream") != std::string::npos);
    story.call.saw("stream_events", 200);
    CHECK(policy::verify_receipt(broker.report("turn.closed", "owner", 1, {{"outcome", "completed"}}), keys).ok());
    CHECK(stream.waits_for("event: turn.closed"));
    auto again = story.world.over_unix();
    again.send(request_text(
        {"GET", "/api/v1/sessions/" + session + "/events", {}, story.world.owner_token(), {{"last-event-id", "3"}}},
        story.world.host()));
    CHECK(again.waits_for("event: turn.closed"));
    CHECK(again.held().find("\nid: 3\n") == std::string::npos);
    CHECK(again.held().find("id: 4\n") != std::string::npos);
    story.call({"end_session", {session}}, 202);
    CHECK(story.world.supervisor().expect<launch::FromApi, launch::StopSession>().session == session);
    story.world.supervisor().send(seam::encode_frame(launch::ToApi(launch::SessionEnded{session, "stopped"})));
    static_cast<void>(story.world.supervisor().expect<launch::FromApi, launch::Heard>());
    CHECK(stream.waits_for("event: session.ended"));
  }

  void audits() {
    auto& call = story.call;
    const auto page = call({"session_audit", {session}, {}, {}, "?after=1"}, 200).body;
    REQUIRE(page.find("lines")->array()->size() == 1);
    CHECK(text(*page.find("head"), "hash") == to_hex(broker.chain().head()));
    CHECK(text(call({"get_session", {session}}, 200).body, "state") == "ended");
  }
};

}  // namespace

TEST_CASE("every declared answer is given, and is as declared") {
  Story story;
  story.people();
  story.logins();
  const auto connection = story.connections();
  story.passkeys();
  story.others();
  story.room();
  Consent consent{.story = story, .connection = connection};
  consent.turn_opens();
  consent.reports();
  consent.decisions();
  consent.grants();
  consent.other_account();
  consent.standing();
  consent.streams();
  consent.audits();
  story.many_sessions();
  story.call({"list_sessions"}, 200);
  story.call({"platform_audit"}, 200);
  for (const auto& missing : story.call.unseen())
    FAIL_CHECK("never seen: " << missing);
}

}  // namespace x1::contract
