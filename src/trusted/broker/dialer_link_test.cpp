// What the broker lets follow one another on one connection.
#include "broker/dialer_link.hpp"

#include <doctest/doctest.h>

#include <array>

#include "policy/examples.hpp"

using namespace x1;
namespace examples = policy::testing;

namespace {

struct Who {
  std::string session = "s1";
  std::string actor = "ada";
  std::string scope = "calendar.read";
  std::string connection = "home";
  std::string grant = "g1";
  std::uint64_t turn = 3;
  policy::Lifetime lifetime = policy::Lifetime::session;
};

std::string lane_of(const Who& who) {
  auto request = examples::request(who.session, who.actor, who.scope);
  request.connection = examples::id<base::ConnectionId>(who.connection);
  const auto challenge = examples::challenge("c1", request);
  const std::array grants{examples::grant(challenge, who.lifetime, who.grant)};
  auto call = examples::call(challenge);
  call.turn = base::TurnNumber{who.turn};
  call.tool = who.scope == "calendar.read" ? "calendar_list_events" : "calendar_create_event";
  auto decision = policy::decide(call, examples::manifest(), grants, examples::at(30));
  const auto permit = std::move(std::get<policy::Allow>(decision).permit);
  auto wanted = examples::planned();
  if (who.scope == "calendar.read") wanted = {wire::Method::get, wanted.origin, "/ada/home/", {}, ""};
  const std::array shown{wanted};
  auto allowed = policy::decide_request(permit, wanted, 0, shown, examples::manifest(), examples::connection());
  return broker::lane_of(std::get<policy::RequestPermit>(allowed));
}

}  // namespace

TEST_CASE("requests share a lane only with session, turn, actor, connection, scope and grant in common") {
  const auto lane = lane_of({});
  CHECK(lane == lane_of({}));
  CHECK(lane.size() == 64);
  for (const auto& other : {Who{.session = "s2"}, Who{.actor = "bob"}, Who{.scope = "calendar.write"},
                            Who{.connection = "work"}, Who{.grant = "g2"}, Who{.turn = 4}}) {
    CHECK(lane != lane_of(other));
  }
}

TEST_CASE("what was allowed once has no lane, so that it is never sent a second time") {
  CHECK(lane_of({.lifetime = policy::Lifetime::once}).empty());
  CHECK(lane_of({.scope = "calendar.write", .lifetime = policy::Lifetime::once}).empty());
}
