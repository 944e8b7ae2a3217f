#include "policy/decide.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <type_traits>

#include "policy/examples.hpp"

namespace x1::policy {
namespace {

using testing::at;
using testing::id;

template <class T>
bool is(const Decision& decision) {
  return std::holds_alternative<T>(decision);
}

const Scope& manifest_scope() {
  static const auto manifest = testing::manifest();
  return *find_scope(manifest, "calendar.write");
}

DenyReason reason(const Decision& decision) { return std::get<Deny>(decision).reason; }

TEST_CASE("a permit can't be made, copied or assigned outside decide") {
  CHECK_FALSE(std::is_default_constructible_v<Permit>);
  CHECK_FALSE(std::is_constructible_v<Permit, Call, std::string, Grant>);
  CHECK_FALSE(std::is_copy_constructible_v<Permit>);
  CHECK_FALSE(std::is_copy_assignable_v<Permit>);
  CHECK_FALSE(std::is_default_constructible_v<RequestPermit>);
  CHECK_FALSE(std::is_constructible_v<RequestPermit, const Permit&, wire::PlannedRequest>);
  CHECK_FALSE(std::is_copy_constructible_v<RequestPermit>);
}

TEST_CASE("with no grants the person is asked for the tool's own scope") {
  const auto manifest = testing::manifest();
  const auto decision = decide(testing::call(testing::challenge()), manifest, {}, at(30));
  REQUIRE(is<Ask>(decision));
  CHECK(std::get<Ask>(decision).scope == "calendar.write");
}

TEST_CASE("outside a turn nothing is allowed and nobody is asked") {
  auto call = testing::call(testing::challenge());
  call.turn.reset();
  const std::array grants{testing::grant(testing::challenge(), Lifetime::session)};
  CHECK(reason(decide(call, testing::manifest(), grants, at(30))) == DenyReason::no_active_turn);
}

TEST_CASE("a tool that the manifest does not have is refused") {
  auto call = testing::call(testing::challenge());
  call.tool = "calendar_delete_all";
  const std::array grants{testing::grant(testing::challenge(), Lifetime::session)};
  CHECK(reason(decide(call, testing::manifest(), grants, at(30))) == DenyReason::unknown_tool);
}

TEST_CASE("a tool whose scope the manifest does not have is refused") {
  auto manifest = testing::manifest();
  manifest.scopes.pop_back();
  const std::array grants{testing::grant(testing::challenge(), Lifetime::session)};
  CHECK(reason(decide(testing::call(testing::challenge()), manifest, grants, at(30))) == DenyReason::unknown_tool);
}

TEST_CASE("an empty manifest allows nothing") {
  const std::array grants{testing::grant(testing::challenge(), Lifetime::session)};
  CHECK(is<Deny>(decide(testing::call(testing::challenge()), Manifest{}, grants, at(30))));
}

TEST_CASE("the permit carries the call, the scope and the grant that it came from") {
  const auto challenge = testing::challenge();
  const std::array grants{testing::grant(challenge)};
  const auto decision = decide(testing::call(challenge), testing::manifest(), grants, at(30));
  REQUIRE(is<Allow>(decision));
  const Permit& permit = std::get<Allow>(decision).permit;
  CHECK(permit.call().id.text() == "call1");
  CHECK(permit.scope() == "calendar.write");
  CHECK(permit.grant() == grants[0]);
}

TEST_CASE("every bound member of a grant, changed alone, takes the yes away") {
  const auto challenge = testing::challenge();
  for (const auto lifetime : {Lifetime::once, Lifetime::turn, Lifetime::session, Lifetime::until}) {
    CAPTURE(to_string(lifetime));
    const auto allowed = [&](const Grant& grant) {
      return is<Allow>(decide(testing::call(challenge), testing::manifest(), {&grant, 1}, at(30)));
    };
    const auto good = testing::grant(challenge, lifetime);
    CHECK(allowed(good));
    const std::vector<std::function<void(Grant&)>> changes{
        [](Grant& grant) { grant.session = id<SessionId>("s2"); },
        [](Grant& grant) { grant.actor = id<UserId>("bob"); },
        [](Grant& grant) { grant.scope = "calendar.read"; },
        [](Grant& grant) { grant.scope = ""; },
        [](Grant& grant) { grant.connection = id<ConnectionId>("work"); },
        [](Grant& grant) { grant.spent = true; },
        [](Grant& grant) { grant.revoked = true; },
    };
    for (const auto& change : changes) {
      auto grant = good;
      change(grant);
      CHECK_FALSE(allowed(grant));
    }
  }
}

TEST_CASE("once is for the one request that was shown") {
  const auto challenge = testing::challenge();
  const auto grant = testing::grant(challenge, Lifetime::once);
  auto call = testing::call(challenge);
  CHECK(covers(grant, call, manifest_scope(), at(30)));
  call.digest = crypto::sha256("another");
  CHECK_FALSE(covers(grant, call, manifest_scope(), at(30)));
  call.digest.reset();
  CHECK_FALSE(covers(grant, call, manifest_scope(), at(30)));
}

TEST_CASE("a yes for once that was not used within five minutes is over") {
  const auto asked = testing::challenge();
  const auto grant = testing::grant(asked);
  const auto call = testing::call(asked);
  CHECK(covers(grant, call, manifest_scope(), grant.granted + std::chrono::minutes(5)));
  CHECK_FALSE(
      covers(grant, call, manifest_scope(), grant.granted + std::chrono::minutes(5) + std::chrono::milliseconds(1)));
}

TEST_CASE("a turn's grant ends with the turn") {
  const auto challenge = testing::challenge();
  const auto grant = testing::grant(challenge, Lifetime::turn);
  auto call = testing::call(challenge);
  call.digest = crypto::sha256("another");
  CHECK(covers(grant, call, manifest_scope(), at(30)));
  call.turn = TurnNumber{4};
  CHECK_FALSE(covers(grant, call, manifest_scope(), at(30)));
}

TEST_CASE("until ends at that very millisecond, and a grant without an end never begins") {
  const auto challenge = testing::challenge();
  auto grant = testing::grant(challenge, Lifetime::until);
  const auto call = testing::call(challenge);
  CHECK(covers(grant, call, manifest_scope(), at(7200) - base::Duration(1)));
  CHECK_FALSE(covers(grant, call, manifest_scope(), at(7200)));
  grant.until.reset();
  CHECK_FALSE(covers(grant, call, manifest_scope(), at(30)));
}

TEST_CASE("D2: of two sessions, two people and two scopes, one grant opens one of the eight") {
  const auto manifest = testing::manifest();
  for (int granted = 0; granted < 8; ++granted) {
    const auto session = [](int bits) { return (bits & 1) != 0 ? "s1" : "s2"; };
    const auto actor = [](int bits) { return (bits & 2) != 0 ? "ada" : "bob"; };
    const auto scope = [](int bits) { return (bits & 4) != 0 ? "calendar.read" : "calendar.write"; };
    const auto challenge = testing::challenge("c1", testing::request(session(granted), actor(granted), scope(granted)));
    const std::array grants{testing::grant(challenge, Lifetime::session)};
    for (int asked = 0; asked < 8; ++asked) {
      auto call = testing::call(challenge);
      call.session = id<SessionId>(session(asked));
      call.actor = id<UserId>(actor(asked));
      call.tool = (asked & 4) != 0 ? "calendar_list_events" : "calendar_create_event";
      CAPTURE(granted);
      CAPTURE(asked);
      CHECK(is<Allow>(decide(call, manifest, grants, at(30))) == (granted == asked));
    }
  }
}

TEST_CASE("a standing grant is used before one that the call would spend") {
  const auto challenge = testing::challenge();
  const std::array grants{testing::grant(challenge, Lifetime::once, "once"),
                          testing::grant(challenge, Lifetime::session, "standing")};
  const auto decision = decide(testing::call(challenge), testing::manifest(), grants, at(30));
  REQUIRE(is<Allow>(decision));
  CHECK(std::get<Allow>(decision).permit.grant().id.text() == "standing");
}

}  // namespace
}  // namespace x1::policy
