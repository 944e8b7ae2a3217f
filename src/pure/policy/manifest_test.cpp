#include "policy/manifest.hpp"

#include <doctest/doctest.h>

#include "policy/examples.hpp"

namespace x1::policy {
namespace {

std::string problem(const Manifest& manifest) {
  const auto read = manifest_from(to_value(manifest));
  if (read.ok()) return "none";
  CHECK(read.error().code == base::Code::invalid_manifest);
  return read.error().message;
}

bool refused_at(const Manifest& manifest, std::string_view where) {
  const auto text = problem(manifest);
  CAPTURE(text);
  CHECK(text.find("'" + std::string(where) + "'") != std::string::npos);
  return text != "none";
}

TEST_CASE("a manifest comes back from its Value, and its digest follows every member") {
  const auto manifest = testing::manifest();
  CHECK(manifest_from(to_value(manifest)).value() == manifest);
  auto other = manifest;
  other.tools[0].description += "!";
  CHECK(digest_of(other) != digest_of(manifest));
}

TEST_CASE("tools and scopes are found by their whole names") {
  const auto manifest = testing::manifest();
  CHECK(find_tool(manifest, "calendar_list_events") == &manifest.tools[0]);
  CHECK(find_tool(manifest, "calendar_list") == nullptr);
  CHECK(find_scope(manifest, "calendar.write") == &manifest.scopes[1]);
  CHECK(find_scope(manifest, "") == nullptr);
}

TEST_CASE("no provider can name its tools so that they hide the platform's or another's") {
  auto manifest = testing::manifest();
  SUBCASE("platform's tool") { manifest.tools[0].name = "request_permission"; }
  SUBCASE("another domain") { manifest.tools[0].name = "files_read"; }
  SUBCASE("bare domain") { manifest.tools[0].name = "calendar_"; }
  SUBCASE("odd letters") { manifest.tools[0].name = "calendar_List"; }
  CHECK(refused_at(manifest, "tools/0/name"));
}

TEST_CASE("a domain is one token and none of the platform's words") {
  for (const auto domain :
       {"request", "ask", "emit", "x1", "Calendar", "a.b", "a>", "*", "", "1a", "abcdefghijklmnopqrstuvwxyz1234567"}) {
    CAPTURE(domain);
    auto manifest = testing::manifest();
    manifest.domain = domain;
    CHECK(refused_at(manifest, "domain"));
  }
}

TEST_CASE("a scope without side effects has methods that read only") {
  for (const auto method : {wire::Method::put, wire::Method::post, wire::Method::delete_, wire::Method::patch,
                            wire::Method::mkcol, wire::Method::move, wire::Method::copy}) {
    auto manifest = testing::manifest();
    manifest.scopes[0].http[0].methods = {wire::Method::get, method};
    CHECK(refused_at(manifest, "scopes/0/http/0/methods/1"));
  }
  auto tunnel = testing::manifest();
  tunnel.scopes[1].http[0].methods = {wire::Method::connect};
  CHECK(refused_at(tunnel, "scopes/1/http/0/methods/0"));
}

TEST_CASE("a path rule is one of the two forms") {
  for (const auto path : {"*", "/", "", "/**", "a*", "*/x", "*.ics/**", "**.ics", "*?", "*%2e", "*.i cs"}) {
    CAPTURE(path);
    auto manifest = testing::manifest();
    manifest.scopes[1].http[0].path = path;
    CHECK(refused_at(manifest, "scopes/1/http/0/path"));
  }
}

TEST_CASE("a rule with REPORT says which root elements, and no other rule does") {
  const auto with = [](std::vector<wire::Method> methods, std::vector<std::string> reports) {
    auto manifest = testing::manifest();
    manifest.scopes[0].http = {{std::move(methods), "**", std::move(reports)}};
    return manifest;
  };
  using wire::Method;
  const std::string query(testing::calendar_query);
  const auto two = with({Method::get, Method::report}, {query, "{DAV:}sync-collection"});
  CHECK(manifest_from(to_value(two)).value() == two);
  CHECK(digest_of(two) != digest_of(with({Method::get, Method::report}, {query})));
  const auto without = problem(with({Method::report}, {}));
  CHECK(without.find("'scopes/0/http/0'") != std::string::npos);
  CHECK(without.find("allows REPORT and has no 'reports'") != std::string::npos);
  CHECK(refused_at(with({Method::get}, {query}), "scopes/0/http/0/reports"));
  CHECK(refused_at(with({Method::report}, std::vector(17, query)), "scopes/0/http/0/reports"));
  CHECK(refused_at(with({Method::report}, {query, query}), "scopes/0/http/0/reports/1"));
  for (const std::string name : {"", "*", "calendar-query", "{}calendar-query", "c:calendar-query", "{DAV:}a b"}) {
    CAPTURE(name);
    CHECK(refused_at(with({Method::report}, {query, name}), "scopes/0/http/0/reports/1"));
  }
}

TEST_CASE("names stand once, and a tool's scope exists") {
  auto scopes = testing::manifest();
  scopes.scopes[1].name = scopes.scopes[0].name;
  scopes.tools[1].scope = scopes.scopes[0].name;
  CHECK(refused_at(scopes, "scopes/1/name"));
  auto tools = testing::manifest();
  tools.tools[1].name = tools.tools[0].name;
  CHECK(refused_at(tools, "tools/1/name"));
  auto dangling = testing::manifest();
  dangling.tools[0].scope = "calendar.admin";
  CHECK(refused_at(dangling, "tools/0/scope"));
  auto foreign = testing::manifest();
  foreign.scopes[0].name = "files.read";
  CHECK(refused_at(foreign, "scopes/0/name"));
}

TEST_CASE("what a tool reads to plan is another scope, and one that only reads") {
  auto manifest = testing::manifest();
  auto& reads = manifest.tools[1].reads;
  reads = "calendar.read";
  CHECK(manifest_from(to_value(manifest)).value() == manifest);
  SUBCASE("its own") { reads = "calendar.write"; }
  SUBCASE("unknown") { reads = "calendar.all"; }
  SUBCASE("one that changes things") { manifest.scopes[0].side_effects = true; }
  CHECK(refused_at(manifest, "tools/1/reads"));
}

TEST_CASE("texts for people are one line") {
  for (const auto text : {"", "a\nb", "\x1b[2J", "\xff"}) {
    auto manifest = testing::manifest();
    manifest.title = text;
    CHECK(refused_at(manifest, "title"));
  }
  auto manifest = testing::manifest();
  manifest.scopes[0].title = std::string(101, 'x');
  CHECK(refused_at(manifest, "scopes/0/title"));
}

TEST_CASE("what a tool's input schema gets wrong is named to its member") {
  auto manifest = testing::manifest();
  manifest.tools[1].input_schema.object()->insert_or_assign("additionalProperties", true);
  CHECK(refused_at(manifest, "tools/1/input/additionalProperties"));
}

}  // namespace
}  // namespace x1::policy
