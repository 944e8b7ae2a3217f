// E3 at the API: edge is the attacker's, from its first byte, against the real x1-api. Whatever it says about its
// clients, it is nobody but who showed it a token, and no longer than that token is good for.
#include <doctest/doctest.h>

#include "api/logins.hpp"
#include "contract/openapi/world.hpp"
#include "seam/edge.hpp"

using namespace x1;
using contract::World;
using seam::edge::Request;
using wire::Value;

namespace {

struct TakenEdge {
  World world{World::Edge::taken};
  std::uint64_t last = 0;

  std::uint16_t ask(Request request) {
    request.id = ++last;
    world.edge().send(seam::encode_frame(seam::edge::FromEdge(std::move(request))));
    const auto reply = world.edge().expect<seam::edge::ToEdge, seam::edge::Reply>();
    CHECK(reply.id == last);
    return reply.status;
  }
  std::uint16_t as(const std::string& token, const std::string& operation, Value body = {}, bool from_cookie = false) {
    Request request;
    request.operation = operation;
    request.token = token;
    request.from_cookie = from_cookie;
    request.body = std::move(body);
    return ask(std::move(request));
  }
};

}  // namespace

TEST_CASE("E3: a taken-over edge is nobody without somebody's token") {
  TakenEdge edge;
  const auto& owner = edge.world.owner_token();
  const Value command = Value::Object{{"command", Value::Array{"true"}}};
  const Value account = Value::Object{{"name", "eve"}, {"password", "correct horse"}};
  for (const auto& token : {std::string(), std::string("owner"), api::hash_of_token(owner), owner + "x",
                            owner.substr(1), std::string(43, 'A')}) {
    for (const bool from_cookie : {false, true}) {
      CAPTURE(token);
      CHECK(edge.as(token, "me", {}, from_cookie) == 401);
      CHECK(edge.as(token, "list_sessions", {}, from_cookie) == 401);
      CHECK(edge.as(token, "platform_audit", {}, from_cookie) == 401);
      CHECK(edge.as(token, "create_session", command, from_cookie) == 401);
      CHECK(edge.as(token, "create_account", account, from_cookie) == 401);
    }
  }
  // So that the test is known to tell the difference.
  CHECK(edge.as(owner, "me") == 200);
}

TEST_CASE("E3: a taken-over edge keeps nobody's login beyond their logout") {
  TakenEdge edge;
  const auto owner = edge.world.owner_token();
  CHECK(edge.as(owner, "logout") == 204);
  CHECK(edge.as(owner, "me") == 401);
}

TEST_CASE("E3: nothing that edge can send is taken for the supervisor's word, whosever token it shows") {
  TakenEdge edge;
  const auto owner = edge.world.owner_token();
  for (const auto* operation :
       {"mint_bearer", "MintBearer", "create_link", "mint_link", "MintLink", "", "me\n", "../me"}) {
    CHECK(edge.as("", operation) == 404);
    CHECK(edge.as(owner, operation) == 404);
  }
}
