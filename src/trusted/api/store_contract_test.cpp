#include "api/store_contract.hpp"

#include "api/desk_fixture.hpp"

namespace x1::api::testing {
namespace {

using base::Code;
using std::chrono::seconds;

const TimePoint start{std::chrono::hours(24 * 365 * 56)};
const UserId ada = id<UserId>("ada");
const SessionId session = id<SessionId>("s1");

void add_ada(Store& store) { must(store.people().add_user({ada, "ada", false, start}, "hash")); }

void add_session(Store& store) {
  add_ada(store);
  must(store.sessions().add({session, ada, SessionState::created, {"sh", "-c", "true"}, "/home", true, "", "", start}));
}

void people(Store& store) {
  add_ada(store);
  CHECK(store.people().add_user({id<UserId>("other"), "ada", false, start}, "").error().code == Code::conflict);
  CHECK(must(store.people().account("ada"))->password == "hash");
  CHECK(must(store.people().user(ada)) == User{ada, "ada", false, start});
  CHECK_FALSE(must(store.people().account("bob")));
  CHECK(must(store.people().users()).size() == 1);

  const Login login{"t1", ada, start + seconds(10)};
  must(store.people().add_login(login));
  CHECK(must(store.people().login("t1", start)) == login);
  CHECK_FALSE(must(store.people().login("t1", start + seconds(10))));
  must(store.people().remove_login("t1"));
  CHECK_FALSE(must(store.people().login("t1", start)));
  CHECK(store.people().add_login({"t2", id<UserId>("nobody"), start}).error().code == Code::conflict);
}

void links(Store& store) {
  add_ada(store);
  must(store.people().add_link({"l1", ada, start + seconds(10)}));
  must(store.people().add_link({"l2", ada, start + seconds(10)}));
  CHECK_FALSE(must(store.people().use_link("l2", start + seconds(10))));
  CHECK(must(store.people().use_link("l1", start)) == ada);
  CHECK_FALSE(must(store.people().use_link("l1", start)));
  must(store.people().remove_expired(start + seconds(10)));
  CHECK_FALSE(must(store.people().use_link("l2", start)));
}

void sessions(Store& store) {
  add_session(store);
  const auto found = must(store.sessions().find(session));
  REQUIRE(found);
  CHECK(found->command == std::vector<std::string>{"sh", "-c", "true"});
  CHECK(found->adapter);
  CHECK(must(store.sessions().alive()).empty());
  must(store.sessions().set_state(session, SessionState::running, ""));
  CHECK(must(store.sessions().alive()).size() == 1);
  CHECK(must(store.sessions().of(ada)).size() == 1);
  must(store.sessions().booted(session, "k1", start));
  must(store.sessions().booted(session, "k2", start + seconds(1)));
  CHECK(store.sessions().booted(session, "k1", start).error().code == Code::conflict);
  CHECK(must(store.sessions().find(session))->boot_key == "k2");
  CHECK(must(store.sessions().boot_keys(session)) == std::vector<std::string>{"k2", "k1"});
  CHECK(store.sessions().set_state(id<SessionId>("none"), SessionState::ended, "").error().code == Code::not_found);
}

void members(Store& store) {
  add_session(store);
  const auto bob = id<UserId>("bob");
  must(store.people().add_user({bob, "robert", false, start}, ""));
  auto& members = store.members();
  CHECK(must(members.find(session, ada)) == Member{session, ada, "ada", Role::owner, start});
  CHECK(must(store.sessions().of(bob)).empty());
  const Member his{session, bob, "robert", Role::viewer, start + seconds(1)};
  must(members.add(his));
  CHECK(members.add(his).error().code == Code::conflict);
  CHECK(must(members.of(session)).size() == 2);
  CHECK(must(members.of(session)).back() == his);
  CHECK(must(store.sessions().of(bob)).size() == 1);
  must(members.remove(session, bob));
  CHECK(members.remove(session, bob).error().code == Code::not_found);
  CHECK_FALSE(must(members.find(session, bob)));

  const Invite any{"i1", session, Role::participant, "", start + seconds(10)};
  const Invite named{"i2", session, Role::viewer, "robert", start + seconds(10)};
  must(members.add_invite(any));
  must(members.add_invite(named));
  CHECK(must(members.count_invites(session, start)) == 2);
  CHECK_FALSE(must(members.use_invite("i1", "ada", start + seconds(10))));
  CHECK_FALSE(must(members.use_invite("i2", "ada", start)));
  CHECK(must(members.use_invite("i1", "ada", start)) == any);
  CHECK_FALSE(must(members.use_invite("i1", "ada", start)));
  CHECK(must(members.use_invite("i2", "robert", start)) == named);
  must(members.add_invite(any));
  must(members.remove_expired(start + seconds(10)));
  CHECK(must(members.count_invites(session, start)) == 0);
  for (const auto* name : {"", "robert", "ada"})
    must(members.add_invite({std::string("for ") + name, session, Role::viewer, name, start + seconds(10)}));
  must(members.remove_invites(session, "robert"));
  CHECK(must(members.count_invites(session, start)) == 1);
  CHECK(must(members.use_invite("for ada", "ada", start)));
}

void turns(Store& store) {
  add_session(store);
  auto& turns = store.turns();
  CHECK(must(turns.queue(session, ada, "one", start)) == 1);
  CHECK(must(turns.queue(session, ada, "two", start)) == 2);
  CHECK(must(turns.count_queued(session, ada)) == 2);
  CHECK(must(turns.count_queued(session, id<UserId>("bob"))) == 0);
  CHECK(must(turns.next_queued(session))->message == "one");
  must(turns.open(session, 1, start));
  CHECK(turns.open(session, 2, start).error().code == Code::conflict);
  CHECK(turns.open(session, 1, start).error().code == Code::not_found);
  CHECK(must(turns.open_one(session))->number == 1);
  const auto unfinished = must(turns.unfinished(session));
  REQUIRE(unfinished.size() == 2);
  CHECK(unfinished[0].state == TurnState::open);
  CHECK(unfinished[1].number == 2);
  must(turns.close(session, 1, "completed", start));
  must(turns.close(session, 1, "again", start));
  CHECK(turns.open(session, 1, start).error().code == Code::not_found);
  CHECK(turns.open(session, 9, start).error().code == Code::not_found);
  CHECK(must(turns.find(session, 1))->outcome == "completed");
  CHECK_FALSE(must(turns.open_one(session)));
  must(turns.close_all(session, "ended", start));
  CHECK(must(turns.find(session, 2))->state == TurnState::closed);
}

void events(Store& store) {
  add_session(store);
  auto& journal = store.journal();
  const Event event{session, 0, start, "agent.status", "ada", 1, wire::Value::Object{{"text", "h\xc3\xa9"}}};
  CHECK(must(journal.append(event, 1)) == 1);
  CHECK(must(journal.append(event, 0)) == 2);
  CHECK(must(journal.append(event, 2)) == 3);
  CHECK(journal.append(event, 2).error().code == Code::conflict);
  CHECK(must(journal.last_broker_seq(session)) == 2);
  CHECK(must(journal.broker_event(session, 2))->number == 3);
  const auto later = must(journal.events(session, 1, 10));
  REQUIRE(later.size() == 2);
  CHECK(later[0].payload == event.payload);
  CHECK(must(journal.events(session, 0, 1)).size() == 1);
}

void withdrawable(Store& store) {
  add_session(store);
  must(store.sessions().set_state(session, SessionState::running, ""));
  const auto home = id<ConnectionId>("home");
  auto& consents = store.consents();
  for (const auto* name : {"c1", "c2", "c3"}) {
    must(consents.add_challenge({id<ChallengeId>(name), session, 1, ada, "calendar.read",
                                 name == std::string_view("c3") ? id<ConnectionId>("work") : home, crypto::sha256("x"),
                                 wire::Value::Object{}, ChallengeState::pending, start}));
    must(consents.add_grant({id<GrantId>(name), session, id<ChallengeId>(name), ada, "calendar.read",
                             name == std::string_view("c3") ? id<ConnectionId>("work") : home,
                             policy::Lifetime::session, std::nullopt, GrantState::live, start}));
  }
  must(consents.set_state(id<ChallengeId>("c1"), ChallengeState::granted));
  must(consents.set_state(id<GrantId>("c2"), GrantState::revoking));
  const auto pending = must(consents.pending(home));
  REQUIRE(pending.size() == 1);
  CHECK(pending[0].id.text() == "c2");
  const auto live = must(consents.live_grants(home));
  REQUIRE(live.size() == 1);
  CHECK(live[0].id.text() == "c1");
  CHECK(must(consents.pending(session, ada)).size() == 2);
  CHECK(must(consents.live_grants(session, ada)).size() == 2);
  CHECK(must(consents.pending(session, id<UserId>("bob"))).empty());
  CHECK(must(consents.live_grants(session, id<UserId>("bob"))).empty());
  CHECK(must(consents.live_grants(session)).size() == 2);
  must(store.sessions().set_state(session, SessionState::ended, "over"));
  CHECK(must(consents.pending(home)).empty());
  CHECK(must(consents.live_grants(home)).empty());
  must(consents.revoke_all(id<SessionId>("other")));
  CHECK(must(consents.grant(id<GrantId>("c1")))->state == GrantState::live);
  must(consents.set_state(id<GrantId>("c3"), GrantState::spent));
  must(consents.revoke_all(session));
  for (const auto* name : {"c1", "c2"})
    CHECK(must(consents.grant(id<GrantId>(name)))->state == GrantState::revoked);
  CHECK(must(consents.grant(id<GrantId>("c3")))->state == GrantState::spent);
}

void limits_and_denials(Store& store) {
  add_session(store);
  auto& consents = store.consents();
  const auto c1 = id<ChallengeId>("c1");
  const auto home = id<ConnectionId>("home");
  must(consents.add_challenge({c1, session, 1, ada, "calendar.read", home, crypto::sha256("x"), wire::Value::Object{},
                               ChallengeState::pending, start}));
  GrantRecord grant{id<GrantId>("g1"),
                    session,
                    c1,
                    ada,
                    "calendar.read",
                    home,
                    policy::Lifetime::session,
                    std::nullopt,
                    GrantState::live,
                    start,
                    policy::Limits{5, {}}};
  must(consents.add_grant(grant));
  CHECK(must(consents.grant(grant.id)) == grant);
  grant.used = {2, 300};
  must(consents.set_used(grant.id, grant.used));
  CHECK(must(consents.grant(grant.id)) == grant);
  CHECK(must(consents.denials(session)).empty());
  must(consents.add_denial(c1, start));
  must(consents.add_denial(c1, start + seconds(1)));
  const Denial denial{c1, session, ada, "calendar.read", home, start};
  CHECK(must(consents.denials(session)) == std::vector{denial});
  CHECK(must(consents.denial(c1)) == denial);
  CHECK(must(consents.denials(id<SessionId>("other"))).empty());
  must(consents.remove_denial(c1));
  CHECK_FALSE(must(consents.denial(c1)));
}

void rows(Store& store) {
  auto& journal = store.journal();
  CHECK(must(journal.head("platform")) == Head{});
  const Head first{1, crypto::sha256("1")};
  must(journal.add_row("platform", first, "line 1"));
  must(journal.add_row("platform", {2, crypto::sha256("2")}, "line 2"));
  CHECK(journal.add_row("platform", first, "other").error().code == Code::conflict);
  CHECK(must(journal.head("platform")).seq == 2);
  CHECK(must(journal.row("platform", 1)) == first);
  CHECK(must(journal.rows("platform", 1, 10)) == std::vector<std::string>{"line 2"});
  CHECK(must(journal.head("other")).seq == 0);
  CHECK(must(journal.keys()).empty());
  must(journal.add_key("one"));
  must(journal.add_key("another"));
  CHECK(journal.add_key("one").error().code == Code::conflict);
  CHECK(must(journal.keys()) == std::vector<std::string>{"one", "another"});
}

void outbox(Store& store) {
  add_session(store);
  auto& box = store.outbox();
  const ControlMessage first{"m1", session, "token", std::nullopt, std::nullopt};
  const ControlMessage second{"m2", session, "token", id<ChallengeId>("c1"), start};
  must(box.add(first));
  must(box.add(second));
  CHECK(box.add(first).error().code == Code::conflict);
  CHECK(must(box.oldest(session)) == first);
  CHECK(must(box.next(session, "m1")) == second);
  CHECK_FALSE(must(box.next(session, "m2")));
  must(box.done("m1", "ok"));
  CHECK(must(box.oldest(session)) == second);
  CHECK(must(box.next(session, "m1")) == second);
  CHECK(must(box.waiting()) == std::vector<SessionId>{session});
  must(box.set_token("m2", "another token"));
  CHECK(must(box.find("m2")).value().token == "another token");
  CHECK_FALSE(must(box.find("m1")));
  CHECK_FALSE(box.set_token("m1", "too late").ok());
  must(box.done("m2", "ok"));
  CHECK_FALSE(must(box.oldest(session)));
}

void transactions(Store& store) {
  const auto failed = store.transaction([&]() -> Status {
    add_ada(store);
    return base::Error{Code::internal, "No.", ""};
  });
  CHECK_FALSE(failed.ok());
  CHECK_FALSE(must(store.people().user(ada)));
  must(store.transaction([&]() -> Status {
    add_ada(store);
    return base::Done{};
  }));
  CHECK(must(store.people().user(ada)));
}

}  // namespace

void check_store_contract(const std::function<std::unique_ptr<Store>()>& make) {
  for (const auto part :
       {people, links, sessions, members, turns, events, withdrawable, limits_and_denials, rows, outbox, transactions})
    part(*make());
}

TEST_CASE(
    "D3: the database itself refuses a turn, a question or a grant that would go where the table does not let it") {
  const auto store = must(open_sqlite_store(":memory:"));
  add_session(*store);
  auto& consents = store->consents();
  const auto challenge = id<ChallengeId>("c1");
  ChallengeRecord question{challenge,
                           session,
                           1,
                           ada,
                           "calendar.read",
                           id<ConnectionId>("home"),
                           crypto::sha256("x"),
                           wire::Value::Object{},
                           ChallengeState::approved,
                           start};
  CHECK_FALSE(consents.add_challenge(question).ok());
  question.state = ChallengeState::pending;
  must(consents.add_challenge(question));
  const auto grant = id<GrantId>("g1");
  GrantRecord record{grant,
                     session,
                     challenge,
                     ada,
                     "calendar.read",
                     id<ConnectionId>("home"),
                     policy::Lifetime::session,
                     std::nullopt,
                     GrantState::revoked,
                     start};
  CHECK_FALSE(consents.add_grant(record).ok());
  record.state = GrantState::live;
  must(consents.add_grant(record));

  must(consents.set_state(challenge, ChallengeState::denied));
  for (const auto state : {ChallengeState::pending, ChallengeState::approved, ChallengeState::granted})
    CHECK_FALSE(consents.set_state(challenge, state).ok());
  CHECK(must(consents.challenge(challenge))->state == ChallengeState::denied);
  must(consents.set_state(grant, GrantState::revoking));
  CHECK_FALSE(consents.set_state(grant, GrantState::live).ok());
  must(consents.set_state(grant, GrantState::revoked));
  CHECK_FALSE(consents.set_state(grant, GrantState::live).ok());
}

TEST_CASE("the SQLite store keeps the contract") {
  check_store_contract([] { return must(open_sqlite_store(":memory:")); });
}

}  // namespace x1::api::testing
