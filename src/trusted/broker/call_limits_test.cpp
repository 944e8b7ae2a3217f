// What calls use up of a grant with limits, what a revocation does to what runs, and a no for the session.
#include <algorithm>

#include "broker/call_rig.hpp"

using namespace x1;
using namespace x1::broker;
using namespace x1::broker::testing;
using policy::Lifetime;
using policy::Limits;

namespace {

constexpr auto list = "calendar_list_events";
constexpr auto create = "calendar_create_event";
constexpr auto change = "calendar_change_event";

struct LimitRig : CallRig {
  LimitRig() {
    auto manifest = examples::manifest();
    manifest.tools.push_back({change, "Changes an event.", "calendar.write", manifest.tools[0].input_schema});
    manifest.tools.back().reads = "calendar.read";
    toolbox = Toolbox::make({manifest}).value();
  }
  // A grant of that scope with these limits, by a question and a yes to it.
  policy::Grant limited(std::string_view scope, const Limits& limits, std::string_view name = "c1") {
    const auto asked = examples::challenge(name, examples::request("s1", "ada", scope));
    ledger.apply(policy::Asked{asked});
    auto token = examples::consent(asked, Lifetime::session, "t-" + std::string(name));
    token.limits = limits;
    const auto grant = examples::id<base::GrantId>("g-" + std::string(name));
    ledger.apply(ledger.redeem(token, "text", grant, clock.now()).value());
    return *ledger.grant(grant);
  }
  [[nodiscard]] policy::Usage used(const policy::Grant& grant) const { return ledger.grant(grant.id)->used; }
  [[nodiscard]] std::size_t rows_of(std::string_view kind) const {
    return static_cast<std::size_t>(std::ranges::count(rows, kind, &audit::Entry::kind));
  }
};

seam::dialer::Answer answer_of(std::size_t bytes) { return {1, 207, {}, std::string(bytes, 'x'), "192.0.2.1:443"}; }

}  // namespace

TEST_CASE("D2: a grant for two calls serves two, counted before anything is sent, and the third asks again") {
  LimitRig rig;
  const auto grant = rig.limited("calendar.read", {2, {}});
  for (std::uint64_t number = 1; number <= 2; ++number) {
    auto call = rig.call(list);
    const auto begun = rig.feed(call, Begin{});
    CHECK(find<AskProvider>(begun)->payload.find(R"("mode":"run")") != std::string::npos);
    CHECK(rig.used(grant).calls == number);
    CHECK(count<Send>(rig.wants(call, {report(), report()})) == 2);  // a limit on calls does not slow reads down
    rig.feed(call, RequestAnswered{0, answer(), true});
    rig.feed(call, RequestAnswered{1, answer(), true});
    rig.answers(call, seam::gate::ProviderResult{1, wire::Value::Object{}});
    CHECK(call.counted() == std::vector{grant.id});
  }
  CHECK(rig.rows_of("grant.used") == 2);
  auto third = rig.call(list);
  rig.feed(third, Begin{});
  CHECK(code_of(rig.wants(third, {report()})) == "permission_required");
  CHECK(rig.used(grant).calls == 2);
}

TEST_CASE("D2: two calls that begin at once can't both have the last use") {
  LimitRig rig;
  rig.limited("calendar.read", {1, {}});
  auto first = rig.call(list);
  auto second = rig.call(list);
  CHECK(find<AskProvider>(rig.feed(first, Begin{}))->payload.find(R"("mode":"run")") != std::string::npos);
  CHECK(find<AskProvider>(rig.feed(second, Begin{}))->payload.find(R"("mode":"plan")") != std::string::npos);
}

TEST_CASE("D2: bytes are set aside before a request goes out, and what it did not need is given back") {
  LimitRig rig;
  const auto grant = rig.limited("calendar.read", {{}, 1000});
  const auto own = policy::bytes_of(report());
  auto call = rig.call(list);
  rig.feed(call, Begin{});
  const auto first = rig.wants(call, {report(), report()});
  REQUIRE(count<Send>(first) == 1);  // one after the other, each with what is left
  CHECK(find<Send>(first)->permit.answer_limit() == 1000 - own);
  CHECK(rig.used(grant).bytes == 1000);
  REQUIRE(first.size() == 2);
  CHECK(std::holds_alternative<Record>(first[0]));  // no row, no request
  const auto second = rig.feed(call, RequestAnswered{0, answer_of(300), true});
  REQUIRE(count<Send>(second) == 1);
  CHECK(find<Send>(second)->permit.answer_limit() == 1000 - own - 300 - own);
  CHECK(rig.used(grant).bytes == 1000);
  rig.feed(call, RequestAnswered{1, answer_of(50), true});
  CHECK(rig.used(grant).bytes == 2 * own + 350);
}

TEST_CASE("D2: while one request may use all that is left, no other call begins") {
  LimitRig rig;
  const auto grant = rig.limited("calendar.read", {{}, 1000});
  auto first = rig.call(list);
  rig.feed(first, Begin{});
  REQUIRE(count<Send>(rig.wants(first, {report()})) == 1);
  auto second = rig.call(list);
  rig.feed(second, Begin{});
  CHECK(code_of(rig.wants(second, {report()})) == "permission_required");
  rig.feed(first, RequestAnswered{0, answer_of(100), true});
  CHECK(rig.used(grant).bytes == policy::bytes_of(report()) + 100);
  auto third = rig.call(list);
  CHECK(find<AskProvider>(rig.feed(third, Begin{}))->payload.find(R"("mode":"run")") != std::string::npos);
}

TEST_CASE("a request that never went out uses nothing; of one that may have, nobody knows, and all stays counted") {
  for (const bool sent : {false, true}) {
    LimitRig rig;
    const auto grant = rig.limited("calendar.read", {{}, 1000});
    auto call = rig.call(list);
    rig.feed(call, Begin{});
    rig.wants(call, {report()});
    const base::Error failed{base::Code::upstream_error, "It broke.", ""};
    CHECK(code_of(rig.feed(call, RequestAnswered{0, failed, sent})) == "upstream_error");
    CHECK(rig.used(grant).bytes == (sent ? 1000U : 0U));
  }
}

TEST_CASE("a request that is larger than what is left is not sent") {
  LimitRig rig;
  const auto grant = rig.limited("calendar.write", {{}, 10});
  auto call = rig.call(create);
  rig.feed(call, Begin{});
  const auto refused = rig.wants(call, {examples::planned()});
  CHECK(code_of(refused) == "permission_required");
  CHECK(count<Send>(refused) == 0);
  CHECK(rig.used(grant).bytes == 0);
  CHECK(rig.rows.back().kind == "call.finished");
}

TEST_CASE("reading for a plan counts against the grant that it reads under, and leaves a row of its own") {
  LimitRig rig;
  const auto grant = rig.limited("calendar.read", {1, {}});
  auto asking = rig.call(change, Purpose::permission);
  rig.feed(asking, Begin{});
  REQUIRE(count<Send>(rig.wants(asking, {report()})) == 1);
  CHECK(rig.used(grant).calls == 1);
  CHECK(rig.rows_of("call.read") == 0);
  rig.feed(asking, RequestAnswered{0, answer(), true});
  REQUIRE(rig.rows_of("call.read") == 1);
  const auto& row = rig.rows.back();
  CHECK(row.scope == "calendar.read");
  CHECK(row.grant == grant.id.text());
  CHECK(row.detail.find("answers")->array()->size() == 1);
  CHECK(asking.counted() == std::vector{grant.id});
}

TEST_CASE("D2: a revocation cuts a request that is under way, and what was read for a plan") {
  LimitRig rig;
  const auto grant = rig.limited("calendar.read", {{}, 100'000});
  auto call = rig.call(list);
  rig.feed(call, Begin{});
  REQUIRE(count<Send>(rig.wants(call, {report()})) == 1);
  auto planning = rig.call(change);
  rig.feed(planning, Begin{});
  rig.limited("calendar.read", {5, {}}, "c2");
  rig.ledger.apply(policy::Revoked{{grant.id}});
  const auto cut = rig.feed(call, LedgerChanged{});
  CHECK(count<CancelSends>(cut) == 1);
  CHECK(code_of(cut) == "permission_denied");
  // The plan's answers are with the provider, not yet the plan: they are of no use any more.
  REQUIRE(count<Send>(rig.wants(planning, {report()})) == 1);
  rig.feed(planning, RequestAnswered{0, answer(), true});
  rig.ledger.apply(rig.ledger.revoke(policy::RevokeGrants{std::nullopt, "calendar.read"}));
  CHECK(code_of(rig.feed(planning, LedgerChanged{})) == "permission_denied");
}

TEST_CASE("D2: a plan is not taken up when the permission that it was read under was taken back") {
  LimitRig rig;
  const auto reading = rig.limited("calendar.read", {9, {}});
  auto asking = rig.call(change, Purpose::permission);
  rig.feed(asking, Begin{});
  rig.wants(asking, {report()});
  rig.feed(asking, RequestAnswered{0, answer(), true});
  rig.wants(asking, {examples::planned()});
  rig.feed(asking, AskedDurably{});
  REQUIRE(rig.last_asked() != nullptr);
  rig.consent(rig.last_asked()->id, Lifetime::once);
  rig.ledger.apply(policy::Revoked{{reading.id}});
  CHECK(status_of(rig.feed(asking, LedgerChanged{})) == "granted");  // what waits for a person goes on
  auto call = rig.call(change);
  const auto begun = rig.feed(call, Begin{});
  REQUIRE(find<AskProvider>(begun) != nullptr);
  CHECK(find<AskProvider>(begun)->payload.find(R"("mode":"plan")") != std::string::npos);
  CHECK(find<AskProvider>(begun)->payload.find("multistatus") == std::string::npos);
  CHECK(code_of(rig.wants(call, {report()})) == "permission_required");
}

TEST_CASE("D2: after a no for the session nobody is asked the like of it, until it is lifted") {
  LimitRig rig;
  const auto asked = examples::challenge("c1", examples::request("s1", "ada", "calendar.read"));
  rig.ledger.apply(policy::Asked{asked});
  rig.ledger.apply(rig.ledger.bar(asked.id).value());
  auto asking = rig.call(list, Purpose::permission);
  const auto at_once = rig.feed(asking, Begin{});
  CHECK(status_of(at_once) == "denied");
  CHECK(count<AskProvider>(at_once) == 0);
  auto call = rig.call(list);
  rig.feed(call, Begin{});
  CHECK(code_of(rig.wants(call, {report()})) == "permission_denied");
  // A call that reads first is not asked about its reading either; another scope is.
  auto planning = rig.call(change, Purpose::permission);
  rig.feed(planning, Begin{});
  CHECK(status_of(rig.wants(planning, {report()})) == "denied");
  auto other = rig.call(create, Purpose::permission);
  rig.feed(other, Begin{});
  rig.wants(other, {examples::planned()});
  rig.feed(other, AskedDurably{});
  CHECK(rig.events == std::vector<std::string>{"consent.asked"});
  rig.ledger.apply(rig.ledger.lift(asked.id).value());
  auto again = rig.call(list, Purpose::permission);
  CHECK(count<AskProvider>(rig.feed(again, Begin{})) == 1);
}

TEST_CASE("a no for the session takes back no yes: a call that a grant covers goes on") {
  LimitRig rig;
  rig.limited("calendar.read", {1, {}});
  const auto asked = examples::challenge("c2", examples::request("s1", "ada", "calendar.read"));
  rig.ledger.apply(policy::Asked{asked});
  rig.ledger.apply(rig.ledger.bar(asked.id).value());
  auto call = rig.call(list);
  CHECK(find<AskProvider>(rig.feed(call, Begin{}))->payload.find(R"("mode":"run")") != std::string::npos);
}
