#include <doctest/doctest.h>

#include "policy/decide.hpp"
#include "policy/examples.hpp"

namespace x1::policy {
namespace {

using testing::at;

Permit permit(Lifetime lifetime, std::string_view scope = "calendar.write") {
  const auto challenge = testing::challenge("c1", testing::request("s1", "ada", scope));
  const std::array grants{testing::grant(challenge, lifetime)};
  auto call = testing::call(challenge);
  call.tool = scope == "calendar.read" ? "calendar_list_events" : "calendar_create_event";
  auto decision = decide(call, testing::manifest(), grants, at(30));
  return std::move(std::get<Allow>(decision).permit);
}

using Requests = std::vector<wire::PlannedRequest>;

RequestDecision ask(Lifetime lifetime, const wire::PlannedRequest& wanted, std::size_t index = 0,
                    const std::optional<Requests>& planned = Requests{testing::planned()}) {
  const auto as_planned = planned ? Planned(*planned) : std::nullopt;
  return decide_request(permit(lifetime), wanted, index, as_planned, testing::manifest(), testing::connection());
}

std::optional<DenyReason> refusal(const RequestDecision& decision) {
  const auto* deny = std::get_if<Deny>(&decision);
  return deny == nullptr ? std::nullopt : std::optional(deny->reason);
}

TEST_CASE("the request that was shown is permitted, and the permit carries just that request") {
  const auto decision = ask(Lifetime::once, testing::planned());
  REQUIRE(std::holds_alternative<RequestPermit>(decision));
  const auto& permit = std::get<RequestPermit>(decision);
  CHECK(permit.request() == testing::planned());
  CHECK(permit.scope() == "calendar.write");
}

TEST_CASE("D4: whatever the grant, any difference from what was shown is refused") {
  auto wanted = testing::planned();
  SUBCASE("body") { wanted.body += "X"; }
  SUBCASE("target") { wanted.target = "/ada/home/other.ics"; }
  SUBCASE("header value") { wanted.headers[0].value = "text/plain"; }
  SUBCASE("header missing") { wanted.headers.pop_back(); }
  for (const auto lifetime : {Lifetime::once, Lifetime::turn, Lifetime::session, Lifetime::until})
    CHECK(refusal(ask(lifetime, wanted)) == DenyReason::not_planned);
  // What was neither planned nor shown may be whatever the longer grant is for.
  CHECK(refusal(ask(Lifetime::once, wanted, 0, std::nullopt)) == DenyReason::not_planned);
}

TEST_CASE("with a grant for once, requests go in the order shown and none goes beyond them") {
  auto second = testing::planned();
  second.target = "/ada/home/second.ics";
  const std::vector planned{testing::planned(), second};
  CHECK_FALSE(refusal(ask(Lifetime::once, second, 1, planned)));
  CHECK(refusal(ask(Lifetime::once, second, 0, planned)) == DenyReason::not_planned);
  CHECK(refusal(ask(Lifetime::once, second, 2, planned)) == DenyReason::not_planned);
  CHECK(refusal(ask(Lifetime::once, second, 0, Requests{})) == DenyReason::not_planned);
}

TEST_CASE("what was planned must also be within the manifest and at the connection's origin") {
  auto elsewhere = testing::planned();
  elsewhere.origin.host = "evil.example";
  CHECK(refusal(ask(Lifetime::once, elsewhere, 0, Requests{elsewhere})) == DenyReason::wrong_origin);
  auto outside = testing::planned();
  outside.target = "/bob/home/new.ics";
  CHECK(refusal(ask(Lifetime::once, outside, 0, Requests{outside})) == DenyReason::method_or_path);
  auto erasing = testing::planned();
  erasing.method = wire::Method::delete_;
  CHECK(refusal(ask(Lifetime::once, erasing, 0, Requests{erasing})) == DenyReason::method_or_path);
}

TEST_CASE("with a longer grant the manifest's rule for the scope decides") {
  for (const auto lifetime : {Lifetime::turn, Lifetime::session, Lifetime::until}) {
    CAPTURE(to_string(lifetime));
    auto wanted = testing::planned();
    wanted.target = "/ada/home/another.ics";
    CHECK_FALSE(refusal(ask(lifetime, wanted, 7, std::nullopt)));
    wanted.method = wire::Method::delete_;
    CHECK(refusal(ask(lifetime, wanted, 0, std::nullopt)) == DenyReason::method_or_path);
    wanted = testing::planned();
    wanted.target = "/ada/home/sub/another.ics";
    CHECK(refusal(ask(lifetime, wanted, 0, std::nullopt)) == DenyReason::method_or_path);
  }
}

TEST_CASE("host, port and scheme of the connection are all compared") {
  for (const auto lifetime : {Lifetime::once, Lifetime::session}) {
    auto wanted = testing::planned();
    SUBCASE("host") { wanted.origin.host = "calendar.example.evil.example"; }
    SUBCASE("trailing dot") { wanted.origin.host = "calendar.example."; }
    SUBCASE("port") { wanted.origin.port = 8443; }
    SUBCASE("scheme") { wanted.origin.scheme = wire::Scheme::http; }
    const auto why = refusal(ask(lifetime, wanted, 0, Requests{wanted}));
    REQUIRE(why.has_value());
    CHECK((*why == DenyReason::wrong_origin || *why == DenyReason::malformed));
  }
}

TEST_CASE("a request that is not well-formed is refused whatever was granted") {
  auto wanted = testing::planned();
  SUBCASE("credential of the provider's own") { wanted.headers.insert(wanted.headers.begin(), {"authorization", "x"}); }
  SUBCASE("method smuggled in a header") { wanted.headers.push_back({"x-http-method-override", "DELETE"}); }
  SUBCASE("line break in a value") { wanted.headers[0].value = "text/calendar\r\nx: y"; }
  CHECK(refusal(ask(Lifetime::session, wanted, 0, Requests{wanted})) == DenyReason::malformed);
  CHECK(refusal(ask(Lifetime::once, wanted, 0, Requests{wanted})) == DenyReason::malformed);
}

TEST_CASE("where a request would move something to is held to the same rule as where it goes") {
  auto manifest = testing::manifest();
  manifest.scopes[1].http[0].methods = {wire::Method::move};
  auto wanted = testing::planned();
  wanted.method = wire::Method::move;
  wanted.body = "";
  const auto allowed = [&](std::string_view destination) {
    wanted.headers = {{"destination", std::string(destination)}};
    const auto decision =
        decide_request(permit(Lifetime::session), wanted, 0, std::nullopt, manifest, testing::connection());
    return std::holds_alternative<RequestPermit>(decision);
  };
  CHECK(allowed("/ada/home/moved.ics"));
  CHECK(allowed("https://calendar.example/ada/home/moved.ics"));
  CHECK_FALSE(allowed("/bob/home/moved.ics"));
  CHECK_FALSE(allowed("/ada/home/sub/moved.ics"));
  CHECK_FALSE(allowed("https://calendar.example/bob/moved.ics"));
  CHECK_FALSE(allowed("https://calendar.example/ada/home/moved.ics?x=1"));
  CHECK_FALSE(allowed("https://evil.example/ada/home/moved.ics"));
}

RequestDecision ask_report(const wire::PlannedRequest& wanted, Lifetime lifetime = Lifetime::session,
                           const Manifest& manifest = testing::manifest()) {
  return decide_request(permit(lifetime, "calendar.read"), wanted, 0, std::array{wanted}, manifest,
                        testing::connection());
}

TEST_CASE("a REPORT passes for the root element that its rule names, and for no other") {
  auto wanted = testing::report();
  for (const auto lifetime : {Lifetime::once, Lifetime::session}) {
    CHECK_FALSE(refusal(ask_report(testing::report(), lifetime)));
    const std::string href = "<d:href>/ada/private/x.ics</d:href>";
    for (const std::string& body :
         {testing::report_body("calendar-multiget", href), testing::report_body("free-busy-query"),
          std::string(R"(<d:expand-property xmlns:d="DAV:"></d:expand-property>)"),
          std::string(R"(<c:calendar-query xmlns:c="DAV:"></c:calendar-query>)"),
          std::string(R"(<c:Calendar-query xmlns:c="urn:ietf:params:xml:ns:caldav"></c:Calendar-query>)"),
          std::string(), "<!-- -->" + testing::report_body(),
          testing::report_body() + testing::report_body("calendar-multiget", href)}) {
      CAPTURE(body);
      wanted.body = body;
      CHECK(refusal(ask_report(wanted, lifetime)) == DenyReason::body);
    }
  }
}

TEST_CASE("the root is named by the very rule that lets method and path pass") {
  auto manifest = testing::manifest();
  const std::string query(testing::calendar_query);
  manifest.scopes[0].http = {{{wire::Method::report}, "*.ics", {query}},
                             {{wire::Method::report}, "**", {"{DAV:}sync-collection"}},
                             {{wire::Method::get}, "**", {}}};
  auto wanted = testing::report();
  CHECK(refusal(ask_report(wanted, Lifetime::session, manifest)) == DenyReason::body);
  wanted.target = "/ada/home/1.ics";
  CHECK_FALSE(refusal(ask_report(wanted, Lifetime::session, manifest)));
  manifest.scopes[0].http[0].reports.clear();
  CHECK(refusal(ask_report(wanted, Lifetime::session, manifest)) == DenyReason::body);
}

TEST_CASE("a REPORT says that it is XML in UTF-8") {
  const auto with = [](std::optional<std::string> type) {
    auto wanted = testing::report();
    wanted.headers = {{"depth", "1"}};
    if (type) wanted.headers.insert(wanted.headers.begin(), {"content-type", *type});
    return refusal(ask_report(wanted));
  };
  for (const auto* type : {"application/xml", "text/xml", "text/xml; charset=utf-8", "Text/XML;charset=UTF-8",
                           "application/xml; charset=\"utf-8\""}) {
    CAPTURE(type);
    CHECK_FALSE(with(type));
  }
  CHECK(with(std::nullopt) == DenyReason::body);
  for (const auto* type :
       {"application/xml; charset=utf-16", "text/xml; charset=utf-7", "text/xml; charset=ibm037",
        "text/xml; charset=utf-8; charset=utf-16", "text/xml; charset=utf-8x",
        "text/xml; charset=utf-8, text/xml; charset=utf-16", "text/xml; charset='utf-8'", "text/xml; version=1.1",
        "text/xml;", "text/xmlx", "application/json", "text/plain", "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x", "application/xml-dtd", "message/external-body"}) {
    CAPTURE(type);
    CHECK(with(type) == DenyReason::body);
  }
}

TEST_CASE("D2: what a POST reaches is not in its path, so none goes out for a part of an account") {
  auto manifest = testing::manifest();
  manifest.scopes[1].http = {{{wire::Method::post}, "**"}};
  auto wanted = testing::planned();
  wanted.method = wire::Method::post;
  const auto& scope = manifest.scopes[1];
  CHECK_FALSE(refusal_of(scope, wanted, std::nullopt, testing::connection()));
  CHECK(refusal_of(scope, wanted, "/ada/home/", testing::connection()) == DenyReason::body);
}

TEST_CASE("a scope that the manifest lost since the call was allowed permits nothing") {
  auto manifest = testing::manifest();
  manifest.scopes.clear();
  const std::array planned{testing::planned()};
  const auto decision =
      decide_request(permit(Lifetime::once), testing::planned(), 0, planned, manifest, testing::connection());
  CHECK(refusal(decision) == DenyReason::method_or_path);
}

}  // namespace
}  // namespace x1::policy
