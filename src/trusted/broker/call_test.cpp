#include "broker/call_rig.hpp"

using namespace x1;
using namespace x1::broker;
using namespace x1::broker::testing;
using policy::Lifetime;

namespace {

constexpr auto list = "calendar_list_events";
constexpr auto create = "calendar_create_event";

}  // namespace

TEST_CASE("without a grant a call is planned, asks for nothing else, and is told that permission is required") {
  CallRig rig;
  auto call = rig.call(list);
  const auto first = rig.feed(call, Begin{});
  REQUIRE(find<AskProvider>(first) != nullptr);
  CHECK(find<AskProvider>(first)->payload.find(R"("mode":"plan")") != std::string::npos);
  const auto told = rig.wants(call, {report()});
  CHECK(code_of(told) == "permission_required");
  CHECK(find<ReplyError>(told)->detail.find_string("digest") != nullptr);
  CHECK(count<Send>(told) == 0);
  CHECK(call.finished());
  CHECK(rig.rows.back().kind == "call.refused");
}

TEST_CASE("a question is told to people only after its row is durable") {
  CallRig rig;
  auto asking = rig.call(list, Purpose::permission);
  rig.feed(asking, Begin{});
  const auto recorded = rig.wants(asking, {report()});
  REQUIRE(find<Record>(recorded) != nullptr);
  CHECK(find<Record>(recorded)->tell);
  CHECK(rig.events.empty());
  rig.feed(asking, AskedDurably{});
  CHECK(rig.events == std::vector<std::string>{"consent.asked"});
}

TEST_CASE("a held request for permission is answered granted or denied when the person decides") {
  CallRig rig;
  rig.grant(list, Lifetime::session, {report()});

  CallRig other;
  auto asking = other.call(list, Purpose::permission);
  other.feed(asking, Begin{});
  other.wants(asking, {report()});
  other.feed(asking, AskedDurably{});
  other.ledger.apply(policy::Denied{other.last_asked()->id, other.clock.now()});
  CHECK(status_of(other.feed(asking, LedgerChanged{})) == "denied");
  auto again = other.call(list);
  other.feed(again, Begin{});
  CHECK(code_of(other.wants(again, {report()})) == "permission_required");
}

TEST_CASE("waiting is not denying: at its deadline a held request is pending, and asking again asks nobody twice") {
  CallRig rig;
  auto asking = rig.call(list, Purpose::permission);
  rig.feed(asking, Begin{});
  rig.wants(asking, {report()});
  rig.feed(asking, AskedDurably{});
  CHECK(status_of(rig.feed(asking, DeadlinePassed{})) == "pending");

  auto again = rig.call(list, Purpose::permission);
  rig.feed(again, Begin{});
  CHECK(count<Record>(rig.wants(again, {report()})) == 0);
  CHECK(rig.events.size() == 1);
  // Denied while nobody waited: the next to ask hears it.
  const auto id = rig.last_asked()->id;
  rig.feed(again, DeadlinePassed{});
  rig.ledger.apply(policy::Denied{id, rig.clock.now()});
  auto late = rig.call(list, Purpose::permission);
  rig.feed(late, Begin{});
  CHECK(status_of(rig.wants(late, {report()})) == "denied");
}

TEST_CASE("with a standing grant a call runs at once: allowed, sent, answered, finished") {
  CallRig rig;
  rig.grant(list, Lifetime::session, {report()});
  rig.rows.clear();
  auto call = rig.call(list);
  const auto first = rig.feed(call, Begin{});
  CHECK(find<AskProvider>(first)->payload.find(R"("mode":"run")") != std::string::npos);
  const auto sends = rig.wants(call, {report(), report()});
  CHECK(count<Send>(sends) == 2);  // reads go out together
  rig.feed(call, RequestAnswered{1, answer(), true});
  const auto round = rig.feed(call, RequestAnswered{0, answer(), true});
  REQUIRE(find<AskProvider>(round) != nullptr);
  CHECK(find<AskProvider>(round)->payload.find("multistatus") != std::string::npos);
  CHECK(find<AskProvider>(round)->payload.find("where I was") != std::string::npos);
  const auto done = rig.answers(call, seam::gate::ProviderResult{1, wire::Value::Object{{"events", 0}}});
  REQUIRE(find<Reply>(done) != nullptr);
  CHECK(rig.rows.front().kind == "call.allowed");
  CHECK(rig.rows.back().kind == "call.finished");
  CHECK(rig.rows.back().outcome == "ok");
}

TEST_CASE("a grant for one request is spent before the request, and serves no second call") {
  CallRig rig;
  rig.grant(create, Lifetime::once, {examples::planned()});
  rig.rows.clear();
  auto call = rig.call(create);
  rig.feed(call, Begin{});
  const auto run = rig.wants(call, {examples::planned()});
  CHECK(rig.rows.front().kind == "grant.spent");
  REQUIRE(find<AskProvider>(run) != nullptr);
  CHECK(count<Send>(rig.wants(call, {examples::planned()})) == 1);

  auto second = rig.call(create);
  rig.feed(second, Begin{});
  CHECK(code_of(rig.wants(second, {examples::planned()})) == "permission_required");
}

TEST_CASE("a provider that plans one thing and asks for another sends nothing") {
  CallRig rig;
  rig.grant(create, Lifetime::once, {examples::planned()});
  auto call = rig.call(create);
  rig.feed(call, Begin{});
  rig.wants(call, {examples::planned()});
  auto other = examples::planned();
  other.body = "BEGIN:VCALENDAR\r\nX-OTHER:1\r\nEND:VCALENDAR\r\n";
  const auto refused = rig.wants(call, {examples::planned(), other});
  CHECK(code_of(refused) == "not_planned");
  CHECK(count<Send>(refused) == 0);  // not even the first, which was agreed to
}

TEST_CASE("D4: with a yes for longer, too, the call that was shown is made as it was shown; further ones are free") {
  auto other = examples::planned();
  other.body = "BEGIN:VCALENDAR\r\nX-OTHER:1\r\nEND:VCALENDAR\r\n";
  for (const auto lifetime : {Lifetime::turn, Lifetime::session}) {
    CallRig rig;
    rig.agree(create, lifetime, {examples::planned()});
    auto call = rig.call(create);
    rig.feed(call, Begin{});
    const auto refused = rig.wants(call, {other});
    CHECK(code_of(refused) == "not_planned");
    CHECK(count<Send>(refused) == 0);
    auto further = rig.call(create);
    rig.feed(further, Begin{});
    CHECK(count<Send>(rig.wants(further, {other})) == 1);
  }
}

TEST_CASE("D2: what is under way with a yes for once ends when that is taken back, and with nobody else's") {
  for (const bool its : {true, false}) {
    CallRig rig;
    rig.grant(list, Lifetime::once, {report(), report()});
    auto call = rig.call(list);
    rig.feed(call, Begin{});
    rig.wants(call, {report(), report()});
    REQUIRE(count<Send>(rig.wants(call, {report(), report()})) == 2);
    const policy::RevokeGrants what{{}, {}, examples::id<base::UserId>(its ? "ada" : "bob")};
    rig.ledger.apply(rig.ledger.revoke(what));
    CHECK(rig.feed(call, LedgerChanged{}).empty());  // spent, it is not revoked
    const auto cut = rig.feed(call, TakenBack{what});
    CHECK(code_of(cut) == (its ? "permission_denied" : "no error"));
    CHECK(count<CancelSends>(cut) == (its ? 1 : 0));
  }
}

TEST_CASE("a request outside of the manifest is refused, in the plan and in the run") {
  CallRig rig;
  auto outside = report();
  outside.target = "/bob/home/";
  auto planning = rig.call(list, Purpose::permission);
  rig.feed(planning, Begin{});
  CHECK(code_of(rig.wants(planning, {outside})) == "not_allowed");
  CHECK(rig.events.empty());

  rig.grant(list, Lifetime::session, {report()});
  auto running = rig.call(list);
  rig.feed(running, Begin{});
  const auto refused = rig.wants(running, {report(), outside});
  CHECK(code_of(refused) == "not_allowed");
  CHECK(count<Send>(refused) == 0);
}

TEST_CASE("the origin is the connection's, whatever the provider says") {
  CallRig rig;
  rig.grant(list, Lifetime::session, {report()});
  auto call = rig.call(list);
  rig.feed(call, Begin{});
  auto elsewhere = report();
  elsewhere.origin.host = "elsewhere.example";
  const auto sends = rig.wants(call, {elsewhere});
  REQUIRE(find<Send>(sends) != nullptr);
  CHECK(find<Send>(sends)->permit.request().origin == examples::connection().origin);
}

TEST_CASE("requests that change something go one after the other, and a failure stops the rest") {
  CallRig rig;
  rig.grant(create, Lifetime::session, {examples::planned()});
  auto call = rig.call(create);
  rig.feed(call, Begin{});
  CHECK(count<Send>(rig.wants(call, {examples::planned(), examples::planned()})) == 1);
  CHECK(count<Send>(rig.feed(call, RequestAnswered{0, answer(), true})) == 1);
  const auto failed =
      rig.feed(call, RequestAnswered{1, base::Error{base::Code::upstream_error, "It broke.", ""}, true});
  CHECK(code_of(failed) == "upstream_error");
  CHECK(rig.rows.back().detail.find("answers") != nullptr);
}

TEST_CASE("rounds and requests have an end") {
  CallRig rig;
  rig.grant(list, Lifetime::session, {report()});
  auto call = rig.call(list);
  rig.feed(call, Begin{});
  for (std::size_t round = 0; round < max_rounds; ++round) {
    CHECK(count<Send>(rig.wants(call, {report()})) == 1);
    rig.feed(call, RequestAnswered{0, answer(), true});
  }
  CHECK(code_of(rig.wants(call, {report()})) == "provider_error");

  auto greedy = rig.call(list);
  rig.feed(greedy, Begin{});
  CHECK(code_of(rig.wants(greedy, std::vector(17, report()))) == "provider_error");
  auto empty = rig.call(list);
  rig.feed(empty, Begin{});
  CHECK(code_of(rig.wants(empty, {})) == "provider_error");
}

TEST_CASE("a revoked grant ends the call that runs under it") {
  CallRig rig;
  rig.grant(list, Lifetime::session, {report()});
  auto call = rig.call(list);
  rig.feed(call, Begin{});
  rig.wants(call, {report()});
  rig.ledger.apply(rig.ledger.revoke({}));
  const auto cut = rig.feed(call, LedgerChanged{});
  CHECK(code_of(cut) == "permission_denied");
  CHECK(count<CancelSends>(cut) == 1);
}

TEST_CASE("another person's turn has none of these grants") {
  CallRig rig;
  rig.grant(list, Lifetime::session, {report()});
  auto call = rig.call(list, Purpose::run, true, rig.turn("bob", 4));
  CHECK(find<AskProvider>(rig.feed(call, Begin{}))->payload.find(R"("mode":"plan")") != std::string::npos);
  CHECK(code_of(rig.wants(call, {report()})) == "permission_required");
}

TEST_CASE("each failure has its code, and nothing happens after the end") {
  const auto failing = [](const CallEvent& event) {
    CallRig rig;
    auto call = rig.call(list);
    rig.feed(call, Begin{});
    const auto code = code_of(rig.feed(call, event));
    CHECK(call.finished());
    CHECK(rig.feed(call, ProviderAnswered{std::string("{}")}).empty());
    return code;
  };
  CHECK(failing(ProviderAnswered{base::Error{base::Code::timed_out, "", ""}}) == "timed_out");
  CHECK(failing(ProviderAnswered{base::Error{base::Code::unavailable, "", ""}}) == "provider_error");
  CHECK(failing(DeadlinePassed{}) == "timed_out");
  CHECK(failing(Stopped{base::Error{base::Code::no_active_turn, "", ""}}) == "no_active_turn");
  CHECK(failing(Stopped{base::Error{base::Code::storage_failed, "", ""}}) == "storage_failed");

  CallRig rig;
  auto call = rig.call(list);
  rig.feed(call, Begin{});
  CHECK(code_of(rig.answers(call, seam::gate::ProviderFailed{1, base::Code::provider_error, "No."})) ==
        "provider_error");
}

TEST_CASE("an agent can't bury its person in questions: beyond 16 open ones nobody is asked until one is closed") {
  CallRig rig;
  const auto ask = [&](int number) {
    auto asking = rig.call(list, Purpose::permission, false);
    rig.feed(asking, Begin{});
    auto planned = report();
    planned.body = examples::report_body("calendar-query", std::to_string(number));
    auto told = rig.wants(asking, {planned});
    if (!asking.finished()) rig.feed(asking, AskedDurably{});
    return told;
  };
  for (int number = 0; number < 16; ++number)
    CHECK(code_of(ask(number)) == "no error");
  CHECK(rig.events.size() == 16);

  CHECK(code_of(ask(16)) == "too_many");
  CHECK(rig.events.size() == 16);
  CHECK(rig.rows.back().kind == "call.refused");
  CHECK(code_of(ask(3)) == "no error");  // one that is open already asks nobody anew
  CHECK(rig.events.size() == 16);

  rig.ledger.apply(policy::Denied{rig.last_asked()->id, rig.clock.now()});
  CHECK(code_of(ask(16)) == "no error");
  CHECK(rig.events.size() == 17);
  CHECK(code_of(ask(17)) == "too_many");
  rig.clock.advance(challenge_life);
  CHECK(code_of(ask(17)) == "no error");
}
