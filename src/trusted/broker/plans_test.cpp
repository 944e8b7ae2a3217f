#include "broker/plans.hpp"

#include <doctest/doctest.h>

#include "policy/examples.hpp"

namespace x1::broker {
namespace {

namespace examples = policy::testing;

Plan plan_of(const std::string& summary, std::size_t read = 10) {
  auto request = examples::request();
  request.arguments = wire::Value::Object{{"summary", summary}};
  return {request, std::nullopt, "read", {{1, 200, {}, std::string(read, 'x'), "192.0.2.1:443"}}, {}};
}

const Plan* recalled(const Plans& plans, const std::string& summary, std::uint64_t turn = 3) {
  const auto like = plan_of(summary).request;
  return plans.recall(base::TurnNumber{turn}, like.actor, like.tool, like.connection, std::nullopt, like.arguments);
}

TEST_CASE("a plan is recalled for the same call of the same turn, until it is forgotten") {
  Plans plans;
  plans.remember(base::TurnNumber{3}, plan_of("Dentist"));
  REQUIRE(recalled(plans, "Dentist") != nullptr);
  CHECK(recalled(plans, "Dentist")->answers.size() == 1);
  CHECK(recalled(plans, "Barber") == nullptr);
  CHECK(recalled(plans, "Dentist", 4) == nullptr);
  const auto like = plan_of("Dentist").request;
  CHECK(plans.recall(base::TurnNumber{3}, examples::id<base::UserId>("bob"), like.tool, like.connection, std::nullopt,
                     like.arguments) == nullptr);
  CHECK(plans.recall(base::TurnNumber{3}, like.actor, like.tool, like.connection, "/ada/home/work/", like.arguments) ==
        nullptr);
  plans.forget(wire::digest_of(like));
  CHECK(recalled(plans, "Dentist") == nullptr);
}

TEST_CASE("what is kept is bounded in number and in bytes, and ends with its turn") {
  Plans plans;
  for (std::size_t i = 0; i <= Plans::most; ++i)
    plans.remember(base::TurnNumber{3}, plan_of(std::to_string(i)));
  CHECK(recalled(plans, "0") == nullptr);
  CHECK(recalled(plans, "1") != nullptr);
  plans.remember(base::TurnNumber{3}, plan_of("large", Plans::most_bytes + 1));
  CHECK(recalled(plans, "large") == nullptr);
  plans.remember(base::TurnNumber{4}, plan_of("later"));
  CHECK(recalled(plans, "1") == nullptr);
}

}  // namespace
}  // namespace x1::broker
