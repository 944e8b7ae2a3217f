#include "wire/canonical_request.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "wire/json.hpp"
#include "wire/random_value.hpp"

namespace x1::wire {
namespace {

template <class Id>
Id id(std::string_view text) {
  auto parsed = Id::parse(text);
  REQUIRE(parsed.ok());
  return std::move(parsed).value();
}

PlannedRequest report() {
  return {Method::report,
          {Scheme::https, "cal.example", 443},
          "/ada/work/",
          {{"content-type", "text/xml"}, {"depth", "1"}},
          "<q/>"};
}

CanonicalRequest listing(std::vector<PlannedRequest> requests = {report()}) {
  return {id<base::SessionId>("s1"), id<base::UserId>("ada"),      "calendar_list_events",
          "calendar.read",           id<base::ConnectionId>("c1"), Value(Value::Object{{"from", "2026-11-24"}}),
          std::move(requests)};
}

base::Code refused(PlannedRequest request) {
  const auto status = check_planned(request);
  REQUIRE(!status.ok());
  return status.error().code;
}

PlannedRequest with(std::string name, std::string value) {
  auto request = report();
  request.headers = {{std::move(name), std::move(value)}};
  return request;
}

}  // namespace

TEST_CASE("the encoding is the one that schema/canonical-request.md shows") {
  CHECK(encode(listing()) ==
        R"({"actor":"ada","arguments":{"from":"2026-11-24"},"connection":"c1","requests":[{"body":"<q/>",)"
        R"("headers":[["content-type","text/xml"],["depth","1"]],"method":"REPORT","origin":"https://cal.example",)"
        R"("target":"/ada/work/"}],"scope":"calendar.read","session":"s1","tool":"calendar_list_events","version":1})");
  CHECK(crypto::to_hex(digest_of(listing())) == "e9d5a0ccd74145a6bee9b0f076907c9c246731300de0fa818f62e84224327ed8");
}

TEST_CASE("bodies stand as text, as base64, or by digest") {
  auto request = report();
  request.body = "\xff\xfe";
  CHECK(*to_value(request).find("body") == Value(Value::Object{{"base64", "//4="}}));
  request.body = std::string(max_shown_body, 'a');
  CHECK(to_value(request).find("body")->string() != nullptr);
  request.body.push_back('a');
  const Value expected(Value::Object{{"bytes", 65537}, {"sha256", crypto::to_hex(crypto::sha256(request.body))}});
  CHECK(*to_value(request).find("body") == expected);
}

TEST_CASE("a request that was read back has the same digest, even without its body") {
  auto request = report();
  request.body = std::string(100'000, 'x');
  const auto original = listing({request});
  const auto back = canonical_request_from(to_value(original));
  REQUIRE(back.ok());
  CHECK(back->requests.front().body.empty());
  CHECK(back->requests.front().elided.has_value());
  CHECK(digest_of(*back) == digest_of(original));
  CHECK(digest_of(back->requests.front()) == digest_of(request));
  CHECK(refused(back->requests.front()) == base::Code::provider_error);
}

TEST_CASE("only the canonical form is read") {
  const auto refuses = [](std::string_view name, const Value& value) {
    auto encoded = to_value(report());
    encoded.object()->insert_or_assign(std::string(name), value);
    const auto read = planned_request_from(encoded);
    return !read.ok();
  };
  CHECK(refuses("body", Value(std::string(max_shown_body + 1, 'a'))));
  CHECK(refuses("body", Value(Value::Object{{"base64", "YWJj"}})));  // that is text
  CHECK(refuses("body", Value(Value::Object{{"base64", "//4"}})));
  CHECK(refuses("body", Value(Value::Object{{"base64", "//4="}, {"x", 1}})));
  CHECK(refuses("body", Value(Value::Object{{"bytes", 65536}, {"sha256", std::string(64, 'a')}})));
  CHECK(refuses("body", Value(Value::Object{{"bytes", 65537}, {"sha256", std::string(64, 'A')}})));
  CHECK(!refuses("body", Value(Value::Object{{"bytes", 65537}, {"sha256", std::string(64, 'a')}})));
  CHECK(refuses("body", Value()));
  CHECK(refuses("method", Value("report")));
  CHECK(refuses("origin", Value("https://cal.example:443")));
  CHECK(refuses("origin", Value("https://CAL.example")));
  CHECK(refuses("origin", Value("https://cal.example/")));
  CHECK(refuses("headers", Value(Value::Object{{"depth", "1"}})));
  CHECK(refuses("headers", Value(Value::Array{Value::Array{"depth", 1}})));
  CHECK(refuses("more", Value(1)));
  auto encoded = to_value(listing());
  encoded.object()->insert_or_assign("version", Value(2));
  CHECK(!canonical_request_from(encoded).ok());
  encoded.object()->insert_or_assign("version", Value(1));
  CHECK(canonical_request_from(encoded).ok());
  encoded.object()->insert_or_assign("actor", Value("Not An Id"));
  CHECK(!canonical_request_from(encoded).ok());
}

TEST_CASE("a plain request passes, and each header that could speak for somebody else does not") {
  CHECK(check_planned(report()).ok());
  for (const auto* name :
       {"authorization", "cookie", "host", "connection", "transfer-encoding", "content-length", "accept-encoding",
        "proxy-authorization", "x-forwarded-for", "te", "expect", "upgrade", "Accept", "accept ", ""}) {
    CHECK_MESSAGE(refused(with(name, "x")) == base::Code::provider_error, name);
  }
}

TEST_CASE("header values are plain text") {
  for (const auto* value : {"a\r\nx: y", "a\nb", "a\tb", "\x1b[0m", "caf\xc3\xa9", " a", "a ", "\x7f"}) {
    CHECK(refused(with("accept", value)) == base::Code::provider_error);
  }
  CHECK(refused(with("accept", std::string("a\0b", 3))) == base::Code::provider_error);
  CHECK(refused(with("accept", std::string(5000, 'a'))) == base::Code::too_large);
  CHECK(check_planned(with("if-match", "\"etag-1\", W/\"2\"")).ok());
}

TEST_CASE("headers are sorted and stand once") {
  auto request = report();
  request.headers = {{"depth", "1"}, {"accept", "*/*"}};
  CHECK(refused(request) == base::Code::provider_error);
  request.headers = {{"accept", "a"}, {"accept", "b"}};
  CHECK(refused(request) == base::Code::provider_error);
}

TEST_CASE("targets, origins, methods and bodies are checked") {
  auto request = report();
  for (const auto* target :
       {"", "ada", "//evil.example/", "/../x", "/a b", "/a\r\nb", "/%2e%2e/", "https://cal.example/"}) {
    request.target = target;
    CHECK_MESSAGE(refused(request) == base::Code::provider_error, target);
  }
  request = report();
  for (const auto* host : {"", "127.1", "a/b", "A.example", "a:1"}) {
    request.origin.host = host;
    CHECK_MESSAGE(refused(request) == base::Code::provider_error, host);
  }
  request = report();
  request.method = Method::connect;
  CHECK(refused(request) == base::Code::provider_error);
  request.method = Method::get;
  CHECK(refused(request) == base::Code::provider_error);
  request = report();
  request.body = std::string((4 << 20) + 1, 'x');
  CHECK(refused(request) == base::Code::too_large);
}

TEST_CASE("a destination stays within its origin") {
  auto request = with("destination", "https://cal.example/ada/other/");
  CHECK(refused(request) == base::Code::provider_error);  // REPORT has none
  request.method = Method::move;
  CHECK(check_planned(request).ok());
  request.headers.front().value = "/ada/other/";
  CHECK(check_planned(request).ok());
  for (const auto* value :
       {"https://evil.example/", "http://cal.example/", "https://cal.example:444/", "//evil.example/", "other"}) {
    request.headers.front().value = value;
    CHECK_MESSAGE(!check_planned(request).ok(), value);
  }
}

TEST_CASE("any request is encoded, read back and digested the same, and no two differ only in their making") {
  CHECK(rc::check("round trip", [] {
    const auto text = rc::gen::resize(20, testing::random_text());
    auto planned = report();
    planned.target = *text;
    planned.body = *rc::gen::oneOf(text, rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
    planned.headers = *rc::gen::container<std::vector<Header>>(rc::gen::apply(
        [](std::string name, std::string value) { return Header{std::move(name), std::move(value)}; }, text, text));
    auto request = listing({planned, report()});
    request.arguments = *testing::random_value(1);
    request.tool = *text;
    const auto read = parse_json(encode(request));
    RC_ASSERT(read.ok());
    const auto back = canonical_request_from(*read);
    RC_ASSERT(back.ok());
    RC_ASSERT(*back == request);
    auto other = request;
    other.requests[0].headers.push_back(other.requests[0].headers.empty() ? Header{"a", "b"}
                                                                          : other.requests[0].headers.back());
    RC_ASSERT(digest_of(other) != digest_of(request));
  }));
}

}  // namespace x1::wire
