// The person picks which account, and which part of it: the agent gets that and nothing else.
#include "broker/call_rig.hpp"

using namespace x1;
using namespace x1::broker;
using namespace x1::broker::testing;
using policy::Lifetime;

namespace {

constexpr auto list = "calendar_list_events";
constexpr auto create = "calendar_create_event";
const std::string work = "/ada/home/work/";

wire::PlannedRequest report_of(std::string target) {
  auto request = report();
  request.target = std::move(target);
  return request;
}
bool tells(const CallActions& actions, std::string_view url) {
  const auto* ask = find<AskProvider>(actions);
  return ask != nullptr && ask->payload.find("\"url\":\"" + std::string(url) + "\"") != std::string::npos;
}

}  // namespace

TEST_CASE("D2: with a grant for a part the provider is told the part as its account, and nothing else goes out") {
  CallRig rig;
  rig.grant(list, Lifetime::session, {report()}, work);
  auto call = rig.call(list);
  CHECK(tells(rig.feed(call, Begin{}), "https://calendar.example/ada/home/work/"));
  auto kept = rig.wants(call, {report_of(work)});
  CHECK(count<Send>(kept) == 1);
  for (const auto* outside : {"/ada/home/", "/ada/home/play/", "/ada/home/workshop/", "/ada/home/work/../play/"}) {
    CAPTURE(outside);
    auto straying = rig.call(list);
    rig.feed(straying, Begin{});
    CHECK(count<Send>(rig.wants(straying, {report_of(outside)})) == 0);
    CHECK(straying.finished());
  }
}

TEST_CASE("D2: with a grant for a part a body that names other places is refused and shown, also where it is planned") {
  CallRig rig;
  auto multiget = report_of(work);
  multiget.body = examples::report_body("calendar-multiget", "<d:href>/ada/private/x.ics</d:href>");
  auto asking = rig.call(list, Purpose::permission);
  rig.feed(asking, Begin{});
  CHECK(code_of(rig.wants(asking, {multiget})) == "not_allowed");
  CHECK(rig.last_asked() == nullptr);
  rig.grant(list, Lifetime::session, {report()}, work);
  auto call = rig.call(list);
  rig.feed(call, Begin{});
  const auto refused = rig.wants(call, {report_of(work), multiget});
  CHECK(count<Send>(refused) == 0);
  CHECK(code_of(refused) == "not_allowed");
  CHECK(std::ranges::count(rig.events, "provider.refused") == 1);
}

TEST_CASE("the agent hears for what part it was allowed") {
  CallRig rig;
  auto asking = rig.call(list, Purpose::permission);
  rig.feed(asking, Begin{});
  rig.wants(asking, {report()});
  rig.feed(asking, AskedDurably{});
  rig.consent(rig.last_asked()->id, Lifetime::session, work);
  const auto told = rig.feed(asking, LedgerChanged{});
  REQUIRE(find<Reply>(told) != nullptr);
  CHECK(*find<Reply>(told)->result.find_string("within") == work);
}

TEST_CASE("another part is asked for by naming it, and a yes to that is for no more") {
  CallRig rig;
  rig.grant(list, Lifetime::session, {report()}, work);
  const auto named = [&](const std::string& part, Purpose purpose) {
    auto turn = rig.turn();
    ToolCall what{examples::id<base::CallId>("call2"),
                  turn,
                  *rig.toolbox.find(list),
                  turn->connection("caldav", ""),
                  wire::Value::Object{},
                  purpose};
    what.within = part;
    what.part_named = true;
    return Call(rig.world, std::move(what));
  };
  auto call = named("/ada/home/play/", Purpose::permission);
  CHECK(tells(rig.feed(call, Begin{}), "https://calendar.example/ada/home/play/"));
  rig.wants(call, {report_of("/ada/home/play/")});
  rig.feed(call, AskedDurably{});
  CHECK(rig.last_asked()->within == "/ada/home/play/");
  rig.consent(rig.last_asked()->id, Lifetime::session);
  CHECK(status_of(rig.feed(call, LedgerChanged{})) == "granted");
  auto play = named("/ada/home/play/", Purpose::run);
  rig.feed(play, Begin{});
  CHECK(count<Send>(rig.wants(play, {report_of("/ada/home/play/")})) == 1);
  auto all = named("/ada/home/third/", Purpose::run);
  rig.feed(all, Begin{});
  CHECK(code_of(rig.wants(all, {report_of("/ada/home/third/")})) == "permission_required");
}

TEST_CASE("a question offers the parts that requests went to, and all the accounts when none was named") {
  CallRig rig;
  rig.accounts.push_back(rig.account("work", "/ada/work/"));
  rig.parts.remember(examples::id<base::ConnectionId>("home"), work + "1.ics");
  auto asking = rig.call(list, Purpose::permission);
  rig.feed(asking, Begin{});
  rig.wants(asking, {report_of("/ada/home/play/1.ics")});
  rig.feed(asking, AskedDurably{});
  const auto* asked = rig.last_asked();
  REQUIRE(asked != nullptr);
  CHECK(asked->base_path == "/ada/home/");
  CHECK(asked->choices.parts == std::vector<std::string>{"/ada/home/play/", work});
  REQUIRE(asked->choices.accounts.size() == 2);
  CHECK(asked->choices.accounts[1].url == "https://calendar.example/ada/work/");
}

TEST_CASE("D2: the person has it asked about another account: the same held call is planned for that one") {
  CallRig rig;
  rig.accounts.push_back(rig.account("work", "/ada/work/"));
  auto asking = rig.call(list, Purpose::permission);
  rig.feed(asking, Begin{});
  rig.wants(asking, {report()});
  rig.feed(asking, AskedDurably{});
  const auto first = rig.last_asked()->id;
  rig.ledger.apply(rig.ledger.deny(first, rig.clock.now(), examples::id<base::ConnectionId>("work")).value());
  const auto planned = rig.feed(asking, LedgerChanged{});
  CHECK(tells(planned, "https://calendar.example/ada/work/"));
  CHECK(find<Reply>(planned) == nullptr);
  rig.wants(asking, {report_of("/ada/work/")});
  rig.feed(asking, AskedDurably{});
  const auto* second = rig.last_asked();
  REQUIRE(second != nullptr);
  CHECK(second->request.connection == examples::id<base::ConnectionId>("work"));
  CHECK(second->request.requests[0].target == "/ada/work/");
  rig.consent(second->id, Lifetime::session);
  CHECK(status_of(rig.feed(asking, LedgerChanged{})) == "granted");
  // From then on a call that names no account is for the chosen one.
  auto call = rig.call(list);
  CHECK(tells(rig.feed(call, Begin{}), "https://calendar.example/ada/work/"));
  CHECK(count<Send>(rig.wants(call, {report_of("/ada/work/")})) == 1);
}

TEST_CASE("an account that the agent named is not offered for another") {
  CallRig rig;
  rig.accounts.push_back(rig.account("work", "/ada/work/"));
  auto turn = rig.turn();
  ToolCall what{examples::id<base::CallId>("call2"),
                turn,
                *rig.toolbox.find(list),
                turn->connection("caldav", "home"),
                wire::Value::Object{},
                Purpose::permission};
  what.account_named = true;
  Call asking(rig.world, std::move(what));
  rig.feed(asking, Begin{});
  rig.wants(asking, {report()});
  rig.feed(asking, AskedDurably{});
  CHECK(rig.last_asked()->choices.accounts.empty());
}

TEST_CASE("writing stays in the part, too") {
  CallRig rig;
  rig.grant(create, Lifetime::session, {examples::planned()}, work);
  auto call = rig.call(create);
  CHECK(tells(rig.feed(call, Begin{}), "https://calendar.example/ada/home/work/"));
  auto put = examples::planned();
  CHECK(count<Send>(rig.wants(call, {put})) == 0);  // right below the account, and not in the part
  auto again = rig.call(create);
  rig.feed(again, Begin{});
  put.target = work + "new.ics";
  CHECK(count<Send>(rig.wants(again, {put})) == 1);
}
