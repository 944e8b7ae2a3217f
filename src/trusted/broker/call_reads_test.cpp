#include "broker/call_rig.hpp"

using namespace x1;
using namespace x1::broker;
using namespace x1::broker::testing;
using policy::Lifetime;

namespace {

constexpr auto list = "calendar_list_events";
constexpr auto change = "calendar_change_event";

// A tool that reads before it names the one request that it would send.
struct ReadingRig : CallRig {
  explicit ReadingRig(policy::Assurance of_reading = policy::Assurance::none) {
    auto manifest = examples::manifest();
    manifest.tools.push_back({change, "Changes an event.", "calendar.write", manifest.tools[0].input_schema});
    manifest.tools.back().reads = "calendar.read";
    manifest.scopes[0].assurance = of_reading;
    toolbox = Toolbox::make({manifest}).value();
  }
  // The provider has read, and names what it would send.
  CallActions plans(Call& call) {
    feed(call, RequestAnswered{0, answer(), true});
    return wants(call, {examples::planned()});
  }
  void ask_and_allow(Call& asking, Lifetime lifetime) {
    feed(asking, AskedDurably{});
    REQUIRE(last_asked() != nullptr);
    consent(last_asked()->id, lifetime);
  }
};

std::string payload_of(const CallActions& actions) {
  const auto* asked = find<AskProvider>(actions);
  return asked == nullptr ? "" : asked->payload;
}

}  // namespace

TEST_CASE("a plan reads under the grants for reading, and the question is about the exact request that comes of it") {
  ReadingRig rig;
  rig.grant(list, Lifetime::session, {report()});
  auto asking = rig.call(change, Purpose::permission);
  rig.feed(asking, Begin{});
  const auto reads = rig.wants(asking, {report()});
  REQUIRE(count<Send>(reads) == 1);
  CHECK(find<Send>(reads)->permit.scope() == "calendar.read");
  const auto again = rig.feed(asking, RequestAnswered{0, answer(), true});
  CHECK(payload_of(again).find(R"("mode":"plan")") != std::string::npos);
  CHECK(payload_of(again).find("multistatus") != std::string::npos);
  rig.wants(asking, {examples::planned()});
  rig.feed(asking, AskedDurably{});
  REQUIRE(rig.last_asked() != nullptr);
  CHECK(rig.last_asked()->request.scope == "calendar.write");
  CHECK(rig.last_asked()->request.requests == std::vector{examples::planned()});
}

TEST_CASE("without a grant for reading a plan sends nothing, and that is what the person is asked for first") {
  ReadingRig rig;
  auto call = rig.call(change);
  rig.feed(call, Begin{});
  const auto told = rig.wants(call, {report()});
  CHECK(code_of(told) == "permission_required");
  CHECK(*find<ReplyError>(told)->detail.find_string("scope") == "calendar.read");
  CHECK(count<Send>(told) == 0);
}

TEST_CASE("D2: what is read for a plan has no body that names other places") {
  ReadingRig rig;
  rig.grant(list, Lifetime::session, {report()});
  auto multiget = report();
  multiget.body = examples::report_body("calendar-multiget", "<d:href>/ada/private/x.ics</d:href>");
  auto asking = rig.call(change, Purpose::permission);
  rig.feed(asking, Begin{});
  const auto refused = rig.wants(asking, {report(), multiget});
  CHECK(count<Send>(refused) == 0);
  CHECK(code_of(refused) == "not_allowed");
}

TEST_CASE("a question about reading takes what the scope for reading demands, not the tool's own") {
  ReadingRig rig(policy::Assurance::terminal);
  auto asking = rig.call(change, Purpose::permission);
  rig.feed(asking, Begin{});
  rig.wants(asking, {report()});
  REQUIRE(rig.last_asked() != nullptr);
  CHECK(rig.last_asked()->assurance == policy::Assurance::terminal);
}

TEST_CASE("two yeses for one time each lead to the one request that was shown, which reads nothing again") {
  ReadingRig rig;
  auto asking = rig.call(change, Purpose::permission);
  rig.feed(asking, Begin{});
  rig.wants(asking, {report()});
  rig.ask_and_allow(asking, Lifetime::once);
  CHECK(rig.ledger.grants().front().scope == "calendar.read");
  // The same request for permission goes on to what the reading was for.
  CHECK(payload_of(rig.feed(asking, LedgerChanged{})).find(R"("mode":"plan")") != std::string::npos);
  CHECK(count<Send>(rig.wants(asking, {report()})) == 1);
  rig.plans(asking);
  rig.ask_and_allow(asking, Lifetime::once);
  CHECK(status_of(rig.feed(asking, LedgerChanged{})) == "granted");

  auto call = rig.call(change);
  const auto run = rig.feed(call, Begin{});
  CHECK(payload_of(run).find(R"("mode":"run")") != std::string::npos);
  CHECK(payload_of(run).find("multistatus") != std::string::npos);
  const auto sent = rig.wants(call, {examples::planned()});
  REQUIRE(count<Send>(sent) == 1);
  CHECK(find<Send>(sent)->permit.request() == examples::planned());
  auto second = rig.call(change);
  rig.feed(second, Begin{});
  CHECK(code_of(rig.wants(second, {report()})) == "permission_required");
}

TEST_CASE("a standing grant to change does not stand for reading, and the call reads before it changes") {
  ReadingRig rig;
  // What is read here is in the session already.
  for (const auto& source : {policy::Source{policy::SourceKind::connection, "home"},
                             policy::Source{policy::SourceKind::host, "https://calendar.example"}})
    rig.ledger.apply(policy::Entered{source, rig.clock.now()});
  rig.grant("calendar_create_event", Lifetime::session, {examples::planned()});
  auto blind = rig.call(change);
  rig.feed(blind, Begin{});
  CHECK(code_of(rig.wants(blind, {report()})) == "permission_required");
  rig.grant(list, Lifetime::session, {report()});
  auto call = rig.call(change);
  rig.feed(call, Begin{});
  rig.wants(call, {report()});
  CHECK(payload_of(rig.plans(call)).find(R"("mode":"run")") != std::string::npos);
  // Once it runs, it may not read any more: that is not what was granted for the change.
  const auto refused = rig.wants(call, {report()});
  CHECK(code_of(refused) == "not_allowed");
  CHECK(count<Send>(refused) == 0);
}

TEST_CASE("a tool that names no scope to read under reads nothing for its plan") {
  ReadingRig rig;
  rig.grant(list, Lifetime::session, {report()});
  auto call = rig.call("calendar_create_event");
  rig.feed(call, Begin{});
  const auto refused = rig.wants(call, {report()});
  CHECK(code_of(refused) == "not_allowed");
  CHECK(count<Send>(refused) == 0);
}

TEST_CASE("reading for a plan has an end, and a grant that is taken back cuts it") {
  ReadingRig rig;
  rig.grant(list, Lifetime::session, {report()});
  auto call = rig.call(change);
  rig.feed(call, Begin{});
  for (std::size_t round = 0; round < max_rounds; ++round) {
    REQUIRE(count<Send>(rig.wants(call, {report()})) == 1);
    rig.feed(call, RequestAnswered{0, answer(), true});
  }
  CHECK(code_of(rig.wants(call, {report()})) == "provider_error");

  auto cut = rig.call(change);
  rig.feed(cut, Begin{});
  rig.wants(cut, {report()});
  rig.ledger.apply(rig.ledger.revoke({}));
  const auto told = rig.feed(cut, LedgerChanged{});
  CHECK(code_of(told) == "permission_denied");
  CHECK(count<CancelSends>(told) == 1);
}

TEST_CASE("D4: people are shown what a provider planned and what it asked for instead") {
  CallRig rig;
  rig.grant("calendar_create_event", Lifetime::once, {examples::planned()});
  auto call = rig.call("calendar_create_event");
  rig.feed(call, Begin{});
  rig.wants(call, {examples::planned()});
  auto other = examples::planned();
  other.target = "/ada/home/other.ics";
  const auto refused = rig.wants(call, {other});
  CHECK(code_of(refused) == "not_planned");
  CHECK(count<Send>(refused) == 0);
  const auto* told = find<Announce>(refused);
  REQUIRE(told != nullptr);
  CHECK(told->event.type == "provider.refused");
  const wire::Value payload(told->event.payload);
  CHECK(*payload.find_string("provider") == "calendar");
  CHECK(payload.find_string("planned")->starts_with("PUT https://calendar.example/ada/home/new.ics\n"));
  CHECK(payload.find_string("wanted")->starts_with("PUT https://calendar.example/ada/home/other.ics\n"));
  CHECK(payload.find_string("wanted")->find("BEGIN:VCALENDAR") != std::string::npos);
  const auto& row = *std::find_if(rig.rows.begin(), rig.rows.end(),
                                  [](const audit::Entry& each) { return each.kind == "provider.refused"; });
  CHECK(row.outcome == "not_planned");
  CHECK(row.detail.find("planned")->find_string("digest") != nullptr);
  CHECK(*row.detail.find("wanted")->find_string("target") == "PUT https://calendar.example/ada/home/other.ics");
}
