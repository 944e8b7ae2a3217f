// What an upstream says comes into the session: written down before anybody hears it, and known to whoever allows more.
#include "broker/call_rig.hpp"

using namespace x1;
using namespace x1::broker;
using namespace x1::broker::testing;
using policy::Lifetime;

namespace {

constexpr auto list = "calendar_list_events";
constexpr auto create = "calendar_create_event";

wire::PlannedRequest put() { return examples::planned(); }

// Lists the events under a standing grant.
void read(CallRig& rig) {
  auto call = rig.call(list);
  rig.feed(call, Begin{});
  rig.wants(call, {report()});
  rig.feed(call, RequestAnswered{0, answer(), true});
  rig.answers(call, seam::gate::ProviderResult{1, wire::Value::Object{}});
  REQUIRE(call.finished());
}

}  // namespace

TEST_CASE("an account and its server enter with their first answer, once") {
  CallRig rig;
  rig.grant(list, Lifetime::session, {report()});
  read(rig);
  REQUIRE(rig.ledger.entered().size() == 2);
  CHECK(rig.ledger.entered()[0].source == policy::Source{policy::SourceKind::connection, "home"});
  CHECK(rig.ledger.entered()[1].source == policy::Source{policy::SourceKind::host, "https://calendar.example"});
  CHECK(rig.ledger.entered()[0].call == examples::id<base::CallId>("call1"));
  read(rig);
  CHECK(rig.ledger.entered().size() == 2);
  CHECK(std::ranges::count(rig.rows, std::string("source.entered"), &audit::Entry::kind) == 2);
}

TEST_CASE("E1: nobody hears an answer before the row of what entered with it is on the disk") {
  CallRig rig;
  rig.grant(list, Lifetime::session, {report()});
  rig.hold_entries = true;
  auto call = rig.call(list);
  rig.feed(call, Begin{});
  rig.wants(call, {report()});
  const auto heard = rig.feed(call, RequestAnswered{0, answer(), true});
  CHECK(find<AwaitEntries>(heard) != nullptr);
  CHECK(find<AskProvider>(heard) == nullptr);
  CHECK(find<AskProvider>(rig.feed(call, EnteredDurably{})) != nullptr);
}

TEST_CASE("E1: an answer waits as well for the row of what another call's answer brought in") {
  CallRig rig;
  rig.grant(list, Lifetime::session, {report()});
  read(rig);
  rig.hold_entries = true;
  rig.durable_entries = 1;
  auto call = rig.call(list);
  rig.feed(call, Begin{});
  rig.wants(call, {report()});
  CHECK(find<AwaitEntries>(rig.feed(call, RequestAnswered{0, answer(), true})) != nullptr);
}

TEST_CASE("E1: a grant from before something entered is asked for again, and the question says what came in") {
  CallRig rig;
  rig.grant(create, Lifetime::session, {put()});
  rig.grant(list, Lifetime::session, {report()});
  read(rig);
  auto call = rig.call(create);
  rig.feed(call, Begin{});
  CHECK(code_of(rig.wants(call, {put()})) == "permission_required");

  auto asking = rig.call(create, Purpose::permission);
  rig.feed(asking, Begin{});
  rig.wants(asking, {put()});
  rig.feed(asking, AskedDurably{});
  const auto* asked = rig.last_asked();
  REQUIRE(asked != nullptr);
  CHECK(asked->known == 0);
  CHECK(asked->sources == std::vector<policy::Source>{{policy::SourceKind::connection, "home"},
                                                      {policy::SourceKind::host, "https://calendar.example"}});
  rig.consent(asked->id, Lifetime::session);
  CHECK(status_of(rig.feed(asking, LedgerChanged{})) == "granted");
  auto again = rig.call(create);
  rig.feed(again, Begin{});
  CHECK(count<Send>(rig.wants(again, {put()})) == 1);
}

TEST_CASE("what enters while a person makes up their mind is not in their yes") {
  CallRig rig;
  auto asking = rig.call(create, Purpose::permission);
  rig.feed(asking, Begin{});
  rig.wants(asking, {put()});
  rig.feed(asking, AskedDurably{});
  const auto id = rig.last_asked()->id;
  rig.ledger.apply(policy::Entered{{policy::SourceKind::user, "bob"}, rig.clock.now()});
  rig.consent(id, Lifetime::once);
  auto call = rig.call(create);
  rig.feed(call, Begin{});
  CHECK(code_of(rig.wants(call, {put()})) == "permission_required");
}

TEST_CASE("a session that has taken in all that it can hands on nothing new") {
  CallRig rig;
  rig.grant(list, Lifetime::session, {report()});
  for (std::size_t i = 0; i < policy::max_sources; ++i)
    rig.ledger.apply(policy::Entered{{policy::SourceKind::host, "https://h" + std::to_string(i)}, rig.clock.now()});
  auto call = rig.call(list);
  rig.feed(call, Begin{});
  rig.wants(call, {report()});
  CHECK(code_of(rig.feed(call, RequestAnswered{0, answer(), true})) == "too_many");
}
