#include "seam/operations.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace x1;
using base::Code;
using seam::check;
using seam::find_operation;
using seam::route;
using wire::Method;
using wire::Value;

TEST_CASE("every operation is found by its method and path, and by its id") {
  std::set<std::string_view> ids;
  for (const auto& operation : seam::operations()) {
    CHECK(ids.insert(operation.id).second);
    CHECK(find_operation(operation.id) == &operation);
    std::string path(operation.path);
    for (auto open = path.find('{'); open != std::string::npos; open = path.find('{')) {
      path.replace(open, path.find('}') - open + 1, "1");
    }
    const auto found = route(operation.method, path);
    REQUIRE(found.ok());
    CHECK(found->operation == &operation);
  }
  CHECK(find_operation("nothing") == nullptr);
}

TEST_CASE("parameters come from the path and the query") {
  const auto found = route(Method::get, "/api/v1/sessions/abc/audit?after=7");
  REQUIRE(found.ok());
  REQUIRE(found->parameters.size() == 2);
  CHECK(found->parameters[0].name == "session");
  CHECK(found->parameters[0].value == "abc");
  CHECK(found->parameters[1].value == "7");
  CHECK(check(*found->operation, found->parameters, {}).ok());
}

TEST_CASE("a path that is not exactly one of ours is not found") {
  for (const auto* path :
       {"/", "", "/api/v1", "/api/v1/sessions/", "/api/v1/sessions//audit", "/api/v1/Sessions", "//api/v1/sessions",
        "/api/v1/sessions/a/b/c", "/api/v1/%73essions", "api/v1/sessions", "/api/v1/../v1/sessions/x/y"}) {
    CAPTURE(path);
    const auto found = route(Method::get, path);
    REQUIRE_FALSE(found.ok());
    CHECK(found.error().code == Code::not_found);
  }
}

TEST_CASE("another method of a known path is told apart from an unknown path") {
  CHECK(route(Method::put, "/api/v1/sessions").error().code == Code::unsupported);
}

TEST_CASE("unknown, repeated and malformed parameters are refused") {
  for (const auto* target :
       {"/api/v1/audit?before=1", "/api/v1/audit?after=1&after=2", "/api/v1/audit?after=x", "/api/v1/audit?after=01",
        "/api/v1/audit?after=-1", "/api/v1/audit?after=99999999999999999999", "/api/v1/audit?after",
        "/api/v1/audit?%61fter=1"}) {
    CAPTURE(target);
    const auto found = route(Method::get, target);
    CHECK((!found.ok() || !check(*found->operation, found->parameters, {}).ok()));
  }
  const auto capital = route(Method::get, "/api/v1/sessions/ABC");
  REQUIRE(capital.ok());
  CHECK_FALSE(check(*capital->operation, capital->parameters, {}).ok());
}

TEST_CASE("a body is exactly the declared fields") {
  const auto& login = *find_operation("login");
  CHECK(check(login, {}, Value::Object{{"name", "ada"}, {"password", "secret"}}).ok());
  CHECK(check(login, {}, Value::Object{{"name", "ada"}, {"password", "secret"}, {"cookie", true}}).ok());
  const Value bad[] = {Value(),
                       Value("text"),
                       Value::Object{},
                       Value::Object{{"name", "ada"}},
                       Value::Object{{"name", 1}, {"password", "x"}},
                       Value::Object{{"name", "ada"}, {"password", "x"}, {"more", 1}},
                       Value::Object{{"name", std::string(65, 'a')}, {"password", "x"}},
                       Value::Object{{"name", std::string("a\0", 2)}, {"password", "x"}},
                       Value::Object{{"name", "\xff"}, {"password", "x"}},
                       Value::Object{{"name", "ada"}, {"password", "x"}, {"cookie", "yes"}}};
  for (const auto& body : bad)
    CHECK(check(login, {}, body).error().code == Code::invalid_request);
}

TEST_CASE("an operation without a body takes none") {
  CHECK_FALSE(check(*find_operation("logout"), {}, Value::Object{}).ok());
  CHECK(check(*find_operation("logout"), {}, {}).ok());
}

TEST_CASE("a body of which nothing is required may be left out") {
  const auto& deny = *find_operation("deny");
  const std::vector<seam::edge::Parameter> which{{"challenge", "c1"}};
  CHECK(check(deny, which, {}).ok());
  CHECK(check(deny, which, Value::Object{}).ok());
  CHECK(check(deny, which, Value::Object{{"for_session", true}}).ok());
  CHECK_FALSE(check(deny, which, Value::Object{{"for_session", "yes"}}).ok());
  CHECK_FALSE(check(deny, which, Value("text")).ok());
}

TEST_CASE("words, digests, times, base64 and lists are checked by their form") {
  const auto& approve = *find_operation("approve");
  const std::vector<seam::edge::Parameter> which{{"challenge", "c1"}};
  const std::string digest(64, 'a');
  CHECK(check(approve, which, Value::Object{{"digest", digest}, {"lifetime", "once"}}).ok());
  CHECK_FALSE(check(approve, which, Value::Object{{"digest", digest}, {"lifetime", "forever"}}).ok());
  CHECK_FALSE(check(approve, which, Value::Object{{"digest", std::string(64, 'A')}, {"lifetime", "once"}}).ok());
  CHECK_FALSE(check(approve, which, Value::Object{{"digest", digest}, {"lifetime", "until"}, {"until", "soon"}}).ok());
  CHECK_FALSE(check(approve, {}, Value::Object{{"digest", digest}, {"lifetime", "once"}}).ok());
  const auto& connect = *find_operation("create_connection");
  CHECK(check(connect, {}, Value::Object{{"record", "AAAA"}}).ok());
  CHECK_FALSE(check(connect, {}, Value::Object{{"record", "A=A="}}).ok());
  const auto& create = *find_operation("create_session");
  CHECK(check(create, {}, Value::Object{{"command", Value::Array{"sh", "-c", "true"}}}).ok());
  CHECK_FALSE(check(create, {}, Value::Object{{"command", Value::Array{1}}}).ok());
  CHECK_FALSE(check(create, {}, Value::Object{{"command", Value::Array(65, Value("x"))}}).ok());
}

TEST_CASE("every error code has a status of its class") {
  for (const auto code : base::all_codes()) {
    const auto status = seam::status_of(code);
    CHECK(status >= 400);
    CHECK(status < 600);
  }
}
