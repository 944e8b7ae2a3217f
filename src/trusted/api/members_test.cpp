// People of one session: who comes in, what each role may do, and what is left of somebody who goes.
#include <algorithm>

#include "api/answer_question.hpp"
#include "api/approve.hpp"
#include "api/arguments.hpp"
#include "api/close_turn.hpp"
#include "api/create_invite.hpp"
#include "api/deny.hpp"
#include "api/desk_fixture.hpp"
#include "api/end_session.hpp"
#include "api/endpoints.hpp"
#include "api/event_effects.hpp"
#include "api/event_streams.hpp"
#include "api/get_session.hpp"
#include "api/join_session.hpp"
#include "api/leave_session.hpp"
#include "api/list_challenges.hpp"
#include "api/list_members.hpp"
#include "api/list_sessions.hpp"
#include "api/list_turns.hpp"
#include "api/remove_member.hpp"
#include "api/revoke_grant.hpp"
#include "api/room_fixture.hpp"
#include "api/send_message.hpp"
#include "api/start_session.hpp"
#include "api/turn_flow.hpp"
#include "api/views.hpp"

using namespace x1;
using namespace x1::api;
using namespace x1::api::testing;
using base::Code;

namespace {

Code code_of(const auto& result) { return result.ok() ? Code::internal : result.error().code; }

}  // namespace

TEST_CASE("an invitation lets one person in, once") {
  Room room(std::nullopt);
  CHECK(code_of(get_session::process(room.bob, {room.talk}, room.services)) == Code::not_found);
  const auto token = room.invite();
  const auto joined = must(join_session::process(room.bob, {token}, room.services));
  CHECK(joined == Member{room.talk, room.bob.user, "bob", Role::participant, room.clock.now()});
  CHECK(code_of(join_session::process(room.cy, {token}, room.services)) == Code::not_found);
  CHECK(must(get_session::process(room.bob, {room.talk}, room.services)).id == room.talk);
  CHECK(must(list_sessions::process(room.bob, {}, room.services)).size() == 1);
  CHECK(must(list_members::process(room.bob, {room.talk}, room.services)).size() == 2);
  CHECK(room.event_types() == std::vector<std::string>{"member.joined"});
}

TEST_CASE("an invitation that is wrong, late or somebody else's lets nobody in, and all three sound alike") {
  Room room(std::nullopt);
  const auto named = room.invite(Role::viewer, "bob");
  const auto wrong = join_session::process(room.cy, {"wrong"}, room.services);
  CHECK(code_of(wrong) == Code::not_found);
  CHECK(join_session::process(room.cy, {named}, room.services).error() == wrong.error());
  CHECK(must(join_session::process(room.bob, {named}, room.services)).role == Role::viewer);
  const auto late = room.invite();
  room.clock.advance(create_invite::invite_life);
  CHECK(join_session::process(room.cy, {late}, room.services).error() == wrong.error());
  CHECK(must(list_members::process(room.ada, {room.talk}, room.services)).size() == 2);
}

TEST_CASE("who is in already does not use an invitation up, nor does a session that is full or over") {
  Room room;
  const auto token = room.invite();
  CHECK(code_of(join_session::process(room.bob, {token}, room.services)) == Code::conflict);
  for (int i = 0; i < 14; ++i) {
    const auto user = id<UserId>("guest" + std::to_string(i));
    must(room.store->people().add_user(User{user, user.text(), false, room.clock.now()}, ""));
    must(room.store->members().add({room.talk, user, user.text(), Role::viewer, room.clock.now()}));
  }
  CHECK(code_of(join_session::process(room.cy, {token}, room.services)) == Code::too_many);
  must(leave_session::process(room.bob, {room.talk}, room.services));
  must(join_session::process(room.cy, {token}, room.services));
  const auto last = room.invite();
  must(room.store->sessions().set_state(room.talk, SessionState::ended, ""));
  CHECK(code_of(join_session::process(room.bob, {last}, room.services)) == Code::conflict);
  CHECK(code_of(create_invite::process(room.ada, {room.talk, Role::viewer, ""}, room.services)) == Code::conflict);
}

TEST_CASE("only so many invitations are out at a time") {
  Room room;
  for (std::uint64_t i = 0; i < create_invite::max_invites; ++i)
    room.invite();
  CHECK(code_of(create_invite::process(room.ada, {room.talk, Role::viewer, ""}, room.services)) == Code::too_many);
  room.clock.advance(create_invite::invite_life);
  room.invite();
}

TEST_CASE("a participant speaks, and neither invites nor ends") {
  Room room;
  CHECK(room.say(room.bob) == 1);
  CHECK(code_of(create_invite::process(room.bob, {room.talk, Role::viewer, ""}, room.services)) == Code::forbidden);
  CHECK(code_of(remove_member::process(room.bob, {room.talk, room.ada.user}, room.services)) == Code::forbidden);
  CHECK(code_of(end_session::process(room.bob, {room.talk}, room.services)) == Code::forbidden);
  CHECK(code_of(start_session::process(room.bob, {room.talk}, room.services)) == Code::forbidden);
  CHECK(code_of(end_session::process(room.cy, {room.talk}, room.services)) == Code::not_found);
}

TEST_CASE("E1: a viewer sees and does nothing") {
  Room room(Role::viewer);
  const auto turn = room.say(room.ada);
  CHECK(must(list_turns::process(room.bob, {room.talk}, room.services)).size() == 1);
  CHECK(code_of(send_message::process(room.bob, {room.talk, "hi"}, room.services)) == Code::forbidden);
  CHECK(code_of(close_turn::process(room.bob, {room.talk, turn}, room.services)) == Code::forbidden);
  CHECK(code_of(answer_question::process(room.bob, {room.talk, "q1", "x"}, room.services)) == Code::forbidden);
}

TEST_CASE("D1: nobody decides for another member, the session's owner neither, nor sees what is asked of them") {
  Room room;
  const auto his = room.asks("c1", room.bob.user, room.say(room.bob));
  for (const auto& other : {room.ada, room.cy}) {
    const auto expected = other.user == room.ada.user ? Code::forbidden : Code::not_found;
    CHECK(code_of(approve::process(other, {his.id, his.digest, policy::Lifetime::once, {}, {}}, room.services)) ==
          expected);
    CHECK(code_of(deny::process(other, {his.id}, room.services)) == expected);
  }
  const auto seen = must(list_challenges::process(room.ada, {room.talk}, room.services));
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].scope == "calendar.read");
  CHECK(seen[0].asked == wire::Value());
  CHECK(view(seen[0], room.clock.now()).find("digest")->is_null());
  CHECK(must(list_challenges::process(room.bob, {room.talk}, room.services))[0].asked == his.asked);
  CHECK(approve::process(room.bob, {his.id, his.digest, policy::Lifetime::once, {}, {}}, room.services).ok());
}

TEST_CASE("everybody sees whose turn it is and who waits, in the order in which they spoke") {
  Room room;
  room.say(room.bob);
  room.say(room.ada);
  room.say(room.bob);
  must(room.store->turns().open(room.talk, 1, room.clock.now()));
  const auto turns = must(list_turns::process(room.ada, {room.talk}, room.services));
  REQUIRE(turns.size() == 3);
  CHECK(turns[0].state == TurnState::open);
  CHECK(turns[0].actor == room.bob.user);
  CHECK(turns[1].actor == room.ada.user);
  CHECK(turns[2].number == 3);
}

TEST_CASE("one person's messages do not take another's place in the queue") {
  Room room;
  for (int i = 0; i < 16; ++i)
    room.say(room.bob);
  CHECK(code_of(send_message::process(room.bob, {room.talk, "hi"}, room.services)) == Code::too_many);
  CHECK(room.say(room.ada) == 17);
}

TEST_CASE("a session that runs one command has its owner's one turn, and nobody else speaks in it") {
  Room room;
  const auto run = room.add_session("s3", false);
  must(room.store->members().add({run, room.bob.user, "bob", Role::participant, room.clock.now()}));
  CHECK(code_of(send_message::process(room.bob, {run, "hi"}, room.services)) == Code::conflict);
  CHECK(send_message::process(room.ada, {run, "hi"}, room.services).ok());
}

TEST_CASE("D2: of who leaves nothing goes on: turns, grants and questions end with their membership") {
  Room room;
  const auto open = room.say(room.bob);
  must(room.store->turns().open(room.talk, open, room.clock.now()));
  const auto hers = room.say(room.ada);
  const auto queued = room.say(room.bob);
  const auto grant = room.grant("g1", room.asks("c1", room.bob.user, open));
  const auto waiting = room.asks("c2", room.bob.user, open);
  const auto her_grant = room.grant("g2", room.asks("c3", room.ada.user, hers));
  must(leave_session::process(room.bob, {room.talk}, room.services));
  auto& turns = room.store->turns();
  CHECK(must(turns.find(room.talk, open))->state == TurnState::open);  // its broker closes it
  CHECK(must(turns.find(room.talk, queued))->state == TurnState::closed);
  CHECK(must(turns.find(room.talk, hers))->state == TurnState::queued);
  auto& consents = room.store->consents();
  CHECK(must(consents.grant(grant.id))->state == GrantState::revoking);
  CHECK(must(consents.grant(her_grant.id))->state == GrantState::live);
  CHECK(must(consents.challenge(waiting.id))->state == ChallengeState::denied);
  const auto sent = room.controls();
  REQUIRE(sent.size() == 3);
  CHECK(std::get<policy::CancelTurn>(sent[0].action).turn == base::TurnNumber(open));
  CHECK(std::get<policy::RevokeGrants>(sent[1].action).grant == grant.id);
  CHECK(std::get<policy::DenyChallenge>(sent[2].action).challenge == waiting.id);
  CHECK(room.event_types().back() == "member.left");
  CHECK(code_of(send_message::process(room.bob, {room.talk, "hi"}, room.services)) == Code::not_found);
  CHECK(code_of(revoke_grant::process(room.bob, {room.talk, her_grant.id}, room.services)) == Code::not_found);
}

TEST_CASE("D2: a yes that was on its way when its person left is taken back as soon as it arrives") {
  Room room;
  const auto asked = room.asks("c1", room.bob.user, room.say(room.bob));
  must(approve::process(room.bob, {asked.id, asked.digest, policy::Lifetime::session, {}, {}}, room.services));
  must(leave_session::process(room.bob, {room.talk}, room.services));
  const Event granted{room.talk,
                      0,
                      room.clock.now(),
                      "consent.granted",
                      "",
                      0,
                      wire::Value::Object{{"challenge", "c1"}, {"grant", "g1"}, {"lifetime", "session"}}};
  must(apply_event(room.services, granted));
  CHECK(must(room.store->consents().grant(id<GrantId>("g1")))->state == GrantState::revoking);
}

TEST_CASE("D2: a yes given before its person left grants nothing after they are back") {
  Room room;
  const auto asked = room.asks("c1", room.bob.user, room.say(room.bob));
  const auto later = room.asks("c2", room.bob.user, 1);
  must(approve::process(room.bob, {asked.id, asked.digest, policy::Lifetime::session, {}, {}}, room.services));
  must(approve::process(room.bob, {later.id, later.digest, policy::Lifetime::session, {}, {}}, room.services));
  room.sent();
  must(leave_session::process(room.bob, {room.talk}, room.services));
  std::vector<std::string> denied;
  for (const auto& control : room.controls()) {
    if (const auto* deny = std::get_if<policy::DenyChallenge>(&control.action))
      denied.push_back(deny->challenge.text());
  }
  CHECK(denied == std::vector<std::string>{"c1", "c2"});
  must(join_session::process(room.bob, {room.invite()}, room.services));
  // The broker had taken the first, and heard of the departure before it got the second.
  must(apply_event(room.services, room.reports("consent.granted", {{"challenge", "c1"}, {"grant", "g1"}})));
  CHECK(must(room.store->consents().grant(id<GrantId>("g1")))->state == GrantState::revoking);
  const auto revocations = room.controls();
  REQUIRE(revocations.size() == 1);
  CHECK(std::get<policy::RevokeGrants>(revocations[0].action).grant == id<GrantId>("g1"));
  for (int twice = 0; twice < 2; ++twice) {
    must(apply_event(room.services, room.reports("consent.denied", {{"challenge", "c2"}})));
    CHECK(must(room.store->consents().challenge(later.id))->state == ChallengeState::refused);
  }
  // What they say yes to from here on counts.
  const auto anew = room.asks("c3", room.bob.user, room.say(room.bob));
  must(approve::process(room.bob, {anew.id, anew.digest, policy::Lifetime::session, {}, {}}, room.services));
  must(apply_event(room.services, room.reports("consent.granted", {{"challenge", "c3"}, {"grant", "g3"}})));
  CHECK(must(room.store->consents().grant(id<GrantId>("g3")))->state == GrantState::live);
}

TEST_CASE("who is removed can't come back by an invitation that they may know") {
  Room room;
  const auto open = room.invite();
  const auto his = room.invite(Role::participant, "bob");
  const auto hers = room.invite(Role::participant, "cy");
  must(remove_member::process(room.ada, {room.talk, room.bob.user}, room.services));
  for (const auto& token : {open, his})
    CHECK(code_of(join_session::process(room.bob, {token}, room.services)) == Code::not_found);
  CHECK(join_session::process(room.cy, {hers}, room.services).ok());
  // Who leaves by themselves may be on their way to another device.
  const auto kept = room.invite();
  must(leave_session::process(room.cy, {room.talk}, room.services));
  CHECK(join_session::process(room.cy, {kept}, room.services).ok());
}

TEST_CASE("E1: no turn is minted for who has gone, or may only look on") {
  Room room(Role::viewer);
  const auto boot_key = crypto::to_text(room.boot.public_key());
  must(room.store->sessions().booted(room.talk, boot_key, room.clock.now()));
  auto& turns = room.store->turns();
  // However they came to stand in the queue.
  for (const auto& user : {room.cy.user, room.bob.user, room.ada.user})
    must(turns.queue(room.talk, user, "of " + user.text(), room.clock.now()));
  const auto answer = must(next_turn(room.services, room.talk, {boot_key, 0}));
  REQUIRE(answer);
  CHECK(answer->ends_with("\nof ada"));
  for (const auto number : {1U, 2U}) {
    CHECK(must(turns.find(room.talk, number))->state == TurnState::closed);
    CHECK(must(turns.find(room.talk, number))->outcome == "cancelled");
  }
  CHECK(room.event_types() == std::vector<std::string>{"turn.closed", "turn.closed"});
  // A broker that booted again asks for the open one, whose actor has lost their place meanwhile.
  must(turns.close(room.talk, 3, "completed", room.clock.now()));
  must(turns.queue(room.talk, room.cy.user, "left in the middle", room.clock.now()));
  must(turns.open(room.talk, 4, room.clock.now()));
  CHECK_FALSE(must(next_turn(room.services, room.talk, {boot_key, 4})));
  CHECK(must(turns.find(room.talk, 4))->state == TurnState::open);
  CHECK_FALSE(must(next_turn(room.services, room.talk, {boot_key, 0})));
  CHECK(must(turns.find(room.talk, 4))->state == TurnState::closed);
}

TEST_CASE("the owner removes a member and not herself, and leaves only by ending the session") {
  Room room;
  must(remove_member::process(room.ada, {room.talk, room.bob.user}, room.services));
  CHECK(code_of(get_session::process(room.bob, {room.talk}, room.services)) == Code::not_found);
  CHECK(code_of(remove_member::process(room.ada, {room.talk, room.bob.user}, room.services)) == Code::not_found);
  CHECK(code_of(remove_member::process(room.ada, {room.talk, room.ada.user}, room.services)) == Code::conflict);
  CHECK(code_of(leave_session::process(room.ada, {room.talk}, room.services)) == Code::conflict);
}

TEST_CASE("the stream of who leaves ends with that, and tells nothing more") {
  Room room;
  std::vector<std::uint64_t> ended;
  std::map<std::uint64_t, int> told;
  EventStreams streams(*room.store, [&](seam::edge::ToEdge message) {
    if (const auto* end = std::get_if<seam::edge::StreamEnded>(&message)) ended.push_back(end->id);
    if (const auto* event = std::get_if<seam::edge::StreamEvent>(&message)) ++told[event->id];
  });
  must(streams.open(1, room.talk, room.ada, 0));
  must(streams.open(2, room.talk, room.bob, 0));
  for (const auto stream : {1U, 2U})
    streams.more(stream);
  must(leave_session::process(room.bob, {room.talk}, room.services));
  REQUIRE(room.announcer.departures.size() == 1);
  for (const auto& [session, user] : room.announcer.departures)
    streams.member_left(session, user);
  streams.event_added(room.talk);
  CHECK(ended == std::vector<std::uint64_t>{2});
  CHECK(told == std::map<std::uint64_t, int>{{1, 1}});
}

namespace {

// The last event of the talk, as ada's stream (1) and bob's (2) have it.
std::map<std::uint64_t, wire::Value> last_event_of_each(Room& room) {
  std::map<std::uint64_t, wire::Value> seen;
  EventStreams streams(*room.store, [&](seam::edge::ToEdge message) {
    if (const auto* event = std::get_if<seam::edge::StreamEvent>(&message)) seen[event->id] = event->data;
  });
  const auto after = must(room.store->journal().events(room.talk, 0, 100)).size() - 1;
  must(streams.open(1, room.talk, room.ada, after));
  must(streams.open(2, room.talk, room.bob, after));
  streams.more(1);
  streams.more(2);
  return seen;
}

}  // namespace

TEST_CASE("in a stream, a question to another shows whose it is and of what, not what would be sent") {
  Room room;
  const auto asked = room.asks("c1", room.bob.user, room.say(room.bob));
  must(add_event(room.services, room.talk, "consent.asked", "", 0, asked.asked));
  auto seen = last_event_of_each(room);
  CHECK(*seen[2].find("payload") == asked.asked);
  const auto* challenge = seen[1].find("payload")->find("challenge");
  REQUIRE(challenge != nullptr);
  CHECK(*challenge->find_string("actor") == "bob");
  CHECK(*challenge->find_string("scope") == "calendar.read");
  CHECK(challenge->find("request") == nullptr);
  CHECK(challenge->find("digest") == nullptr);
}

TEST_CASE("D1: with which account and on what part of it another allowed or denied something is theirs alone to see") {
  Room room;
  auto grant = room.grant("g1", room.asks("c1", room.bob.user, room.say(room.bob)));
  grant.within = "/bob/private/";
  const Denial denial{id<ChallengeId>("c2"), room.talk, room.bob.user, "calendar.read", room.his, room.clock.now()};
  const auto asked = room.asks("c3", room.bob.user, 1);
  CHECK(*view(grant, room.bob.user).find_string("connection") == room.his.text());
  CHECK(*view(grant, room.bob.user).find_string("within") == "/bob/private/");
  CHECK(*view(denial, room.bob.user).find_string("connection") == room.his.text());
  CHECK(*view(asked, room.clock.now()).find_string("connection") == room.his.text());
  const auto challenges = must(list_challenges::process(room.ada, {room.talk}, room.services));
  const auto challenge = std::ranges::find(challenges, asked.id, &ChallengeRecord::id);
  REQUIRE(challenge != challenges.end());
  for (const auto& seen :
       {view(grant, room.ada.user), view(denial, room.ada.user), view(*challenge, room.clock.now())}) {
    REQUIRE(seen.find("connection") != nullptr);
    CHECK(seen.find("connection")->is_null());
    CHECK((seen.find("within") == nullptr || seen.find("within")->is_null()));
    CHECK(*seen.find_string("actor") == "bob");
    CHECK(*seen.find_string("scope") == "calendar.read");
  }
  // As they leave the API, too.
  const auto told = [&](const Caller& reader, std::string_view operation) {
    wire::Value body;
    const seam::edge::Request request{1, std::string(operation), {{"session", room.talk.text()}}, {}, false, {}, 0};
    find_endpoint(operation)->person(reader, Arguments(request), room.services,
                                     [&](base::Result<Response> response) { body = must(std::move(response)).body; });
    return *body.find("items")->array()->at(0).find("connection");
  };
  CHECK(told(room.bob, "list_grants") == wire::Value(room.his.text()));
  CHECK(told(room.ada, "list_grants").is_null());
}

TEST_CASE("D1: of a no that has another account asked about, others are not told which") {
  Room room;
  room.asks("c1", room.bob.user, room.say(room.bob));
  must(add_event(room.services, room.talk, "consent.denied", "", 0,
                 wire::Value::Object{{"challenge", "c1"}, {"use_connection", "secret"}}));
  auto seen = last_event_of_each(room);
  CHECK(seen[1].find("payload")->find("use_connection")->is_null());
  CHECK(*seen[2].find("payload")->find_string("use_connection") == "secret");
}

TEST_CASE("what a provider strayed to is shown to whose turn it is, and to others only that it did") {
  const Event strayed{id<SessionId>("s1"),
                      1,
                      TimePoint(),
                      "provider.refused",
                      "bob",
                      1,
                      wire::Value::Object{{"provider", "calendar"}, {"planned", "GET /a"}, {"wanted", "GET /b"}}};
  CHECK(*view(strayed, id<UserId>("bob")).find("payload") == strayed.payload);
  const auto other = view(strayed, id<UserId>("ada"));
  CHECK(*other.find("payload")->find_string("provider") == "calendar");
  CHECK(*other.find("payload")->find_string("wanted") != "GET /b");
  CHECK(*other.find("payload")->find_string("planned") != "GET /a");
}
