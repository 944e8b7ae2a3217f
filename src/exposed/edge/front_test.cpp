#include "edge/front.hpp"

#include <doctest/doctest.h>

#include "edge/answer.hpp"

using namespace x1;
using base::Code;
using wire::Header;
using wire::HttpRequest;
using wire::Method;

namespace {

const edge::Site site{7811, "x1-own.localhost"};
const edge::Client tcp{};
const edge::Client local{1000};

HttpRequest get(std::string target, std::vector<Header> headers, std::string host = "localhost:7811") {
  headers.push_back({"host", std::move(host)});
  return {Method::get, std::move(target), std::move(headers), "", true};
}

HttpRequest post(std::string target, std::vector<Header> headers, std::string body = "",
                 std::string host = "localhost:7811") {
  auto request = get(std::move(target), std::move(headers), std::move(host));
  request.method = Method::post;
  if (!body.empty()) request.headers.push_back({"content-type", "application/json"});
  request.body = std::move(body);
  return request;
}

Code refusal_of(const HttpRequest& request, const edge::Client& client = tcp) {
  const auto asked = edge::read_request(request, client, site);
  REQUIRE_FALSE(asked.ok());
  return asked.error().code;
}

}  // namespace

TEST_CASE("a request becomes its operation, parameters and token") {
  const auto asked =
      edge::read_request(get("/api/v1/sessions/s1/audit?after=3", {{"authorization", "Bearer abc"}}), tcp, site);
  REQUIRE(asked.ok());
  CHECK(asked->request.operation == "session_audit");
  CHECK(asked->request.parameters.size() == 2);
  CHECK(asked->request.token == "abc");
  CHECK_FALSE(asked->request.from_cookie);
}

TEST_CASE("a client of the Unix socket may leave out the port") {
  const auto asked = edge::read_request(get("/api/v1/me", {}, "localhost"), local, site);
  REQUIRE(asked.ok());
  CHECK(asked->request.token.empty());
  CHECK(refusal_of(get("/api/v1/me", {}, "localhost"), tcp) == Code::forbidden);
}

TEST_CASE("a request without a Host is for nobody") {
  HttpRequest request{Method::get, "/api/v1/me", {}, "", true};
  CHECK(refusal_of(request) == Code::forbidden);
}

TEST_CASE("a malformed Authorization is an error, never no login") {
  for (const auto* value : {"", "Bearer", "Bearer ", "bearer abc", "Basic abc", "Bearer a b", "Bearer a\"b"}) {
    CHECK(refusal_of(get("/api/v1/me", {{"authorization", value}}), local) == Code::invalid_request);
  }
}

TEST_CASE("a cookie counts on the own name, once, and well-formed") {
  const std::string own = "x1-own.localhost:7811";
  const auto asked = edge::read_request(get("/api/v1/me", {{"cookie", "a=1; x1_session=tok; b=2"}}, own), tcp, site);
  REQUIRE(asked.ok());
  CHECK(asked->request.token == "tok");
  CHECK(asked->request.from_cookie);
  CHECK(asked->on_own_name);
  CHECK(refusal_of(get("/api/v1/me", {{"cookie", "x1_session=a; x1_session=b"}}, own)) == Code::invalid_request);
  CHECK(refusal_of(get("/api/v1/me", {{"cookie", "x1_session=a b"}}, own)) == Code::invalid_request);
  const auto shared = edge::read_request(get("/api/v1/me", {{"cookie", "x1_session=tok"}}), tcp, site);
  REQUIRE(shared.ok());
  CHECK(shared->request.token.empty());
  const edge::Site nameless{7811, ""};
  CHECK_FALSE(edge::read_request(get("/api/v1/me", {{"cookie", "x1_session=tok"}}, ":7811"), tcp, nameless).ok());
}

TEST_CASE("a cookie is asked for under the own name only, and elsewhere before a link is spent") {
  const std::string own = "x1-own.localhost:7811";
  const std::string body = R"({"link":"tok","cookie":true})";
  const auto path = "/api/v1/sign-in-links/use";
  CHECK(edge::read_request(post(path, {}, body, own), tcp, site).ok());
  for (const auto* host : {"localhost:7811", "127.0.0.1:7811", "[::1]:7811"})
    CHECK(refusal_of(post(path, {}, body, host)) == Code::forbidden);
  const auto refused = edge::read_request(post(path, {}, body, "localhost:7811"), tcp, site);
  CHECK(describe(refused.error()).find("x1-own") == std::string::npos);  // who asks is nobody yet
  CHECK(edge::read_request(post(path, {}, R"({"link":"tok","cookie":false})", "localhost:7811"), tcp, site).ok());
  CHECK(edge::read_request(post(path, {}, R"({"link":"tok"})", "localhost:7811"), tcp, site).ok());
}

TEST_CASE("a write by cookie has to say where it comes from, and a stream too") {
  const std::string own = "x1-own.localhost:7811";
  const Header cookie{"cookie", "x1_session=tok"};
  CHECK(refusal_of(post("/api/v1/logout", {cookie}, "", own)) == Code::forbidden);
  CHECK(refusal_of(get("/api/v1/sessions/s/events", {cookie}, own)) == Code::forbidden);
  CHECK(edge::read_request(post("/api/v1/logout", {cookie, {"origin", "http://" + own}}, "", own), tcp, site).ok());
  CHECK(refusal_of(post("/api/v1/logout", {cookie, {"origin", "http://localhost:7811"}}, "", own)) == Code::forbidden);
  CHECK(refusal_of(get("/api/v1/me", {cookie, {"sec-fetch-site", "cross-site"}}, own)) == Code::forbidden);
}

TEST_CASE("Last-Event-ID is a number or an error") {
  CHECK(
      edge::read_request(get("/api/v1/sessions/s/events", {{"last-event-id", "12"}}), tcp, site)->request.last_event ==
      12);
  for (const auto* value : {"", "x", "-1", "1x", "99999999999999999999"}) {
    CHECK(refusal_of(get("/api/v1/sessions/s/events", {{"last-event-id", value}})) == Code::invalid_request);
  }
}

TEST_CASE("what the API replies can't set a cookie elsewhere, nor any other header") {
  const seam::edge::Reply reply{
      1, 200, {{"set-cookie", "x1_session=t"}, {"location", "http://elsewhere/"}}, wire::Value::Object{}};
  CHECK(edge::answer(reply, true, true).find("set-cookie: x1_session=t") != std::string::npos);
  CHECK(edge::answer(reply, true, false).find("set-cookie") == std::string::npos);
  CHECK(edge::answer(reply, true, true).find("location") == std::string::npos);
}
