#include "broker/parts.hpp"

#include <doctest/doctest.h>

#include "policy/examples.hpp"

namespace x1::broker {
namespace {

using policy::testing::id;

const auto home = id<base::ConnectionId>("home");
const auto work = id<base::ConnectionId>("work");

std::vector<wire::PlannedRequest> to(std::string target) {
  auto request = policy::testing::planned();
  request.target = std::move(target);
  return {request};
}

TEST_CASE("what is wanted now is offered first, then what was sent, the latest first") {
  Parts parts;
  parts.remember(home, "/ada/a/1.ics");
  parts.remember(home, "/ada/b/");
  parts.remember(home, "/ada/a/2.ics");
  parts.remember(work, "/ada/elsewhere/1.ics");
  CHECK(parts.below(home, "/ada/", to("/ada/c/new.ics")) == std::vector<std::string>{"/ada/c/", "/ada/a/", "/ada/b/"});
}

TEST_CASE("only what lies deeper in the account is a part of it") {
  Parts parts;
  for (const auto* target : {"/ada/", "/ada/1.ics", "/bob/x/1.ics", "/adam/x/1.ics", "/ada/../bob/1.ics", "/ada/?q=/"})
    parts.remember(home, target);
  CHECK(parts.below(home, "/ada/", {}).empty());
  CHECK(parts.below(home, "/ada", {}).empty());
}

TEST_CASE("so many are offered, and so many remembered") {
  Parts parts;
  for (int i = 0; i < 500; ++i)
    parts.remember(home, "/ada/" + std::to_string(i) + "/x.ics");
  const auto offered = parts.below(home, "/ada/", {});
  REQUIRE(offered.size() == policy::Choices::most_parts);
  CHECK(offered[0] == "/ada/499/");
}

}  // namespace
}  // namespace x1::broker
