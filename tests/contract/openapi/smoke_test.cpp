#include <doctest/doctest.h>

#include "contract/openapi/world.hpp"

using namespace x1;

TEST_CASE("the platform answers its owner on the Unix socket, and nobody without a login on TCP") {
  contract::World world;
  CHECK(world.call({"GET", "/api/v1/health"}).status == 200);
  const auto me = world.call({"GET", "/api/v1/me"});
  CHECK(me.status == 200);
  REQUIRE(me.body.find_string("id") != nullptr);
  CHECK(*me.body.find_string("id") == "owner");
  auto stranger = world.over_tcp();
  stranger.send(contract::request_text({"GET", "/api/v1/me"}, world.host()));
  CHECK(stranger.answer(wire::Method::get).status == 401);
}
