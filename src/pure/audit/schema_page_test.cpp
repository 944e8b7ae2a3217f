// The example of schema/audit.md is a whole chain.
#include <doctest/doctest.h>

#include "audit/verify.hpp"
#include "wire/json.hpp"
#include "wire/schema_examples.hpp"

namespace x1::audit {
namespace {

TEST_CASE("the rows of schema/audit.md are a chain that holds and is closed") {
  const auto rows = wire::testing::schema_examples("audit.md", "json");
  REQUIRE(rows.size() == 3);
  Verifier verifier({});
  for (const auto& row : rows) {
    CHECK(wire::canonical_json(wire::parse_json(row).value()) == row);
    CHECK(verifier.feed(row));
  }
  const auto verdict = verifier.finish();
  CHECK_MESSAGE(!verdict.broken_at, verdict.reason);
  CHECK(verdict.rows == 3);
  CHECK(verdict.closed);
}

}  // namespace
}  // namespace x1::audit
