// Bad input on the edge: malformed, oversized, slow, smuggled, from another site. Each gets its error in the one form,
// and others are served meanwhile.
#include <doctest/doctest.h>

#include "contract/openapi/world.hpp"
#include "wire/json.hpp"

namespace x1::contract {
namespace {

using wire::Value;

struct Edge {
  World world;

  // The answer to these bytes over TCP, and whether the connection was closed after it.
  Answer to(std::string_view bytes, wire::Method method = wire::Method::get) const {
    auto client = world.over_tcp();
    client.send(bytes);
    return client.answer(method);
  }
  Answer asking(const Ask& ask) const { return to(request_text(ask, world.host()), *wire::method_from(ask.method)); }
  std::string host() const { return "host: " + world.host() + "\r\n"; }
};

std::string code(const Answer& answer) {
  const auto* found = answer.body.find_string("code");
  return found == nullptr ? "" : *found;
}

}  // namespace

TEST_CASE("what is not an HTTP request is refused and cut off") {
  const Edge edge;
  const auto& host = edge.host();
  const std::string start = "GET /api/v1/health HTTP/1.1\r\n";
  const std::string post = "POST /api/v1/login HTTP/1.1\r\n" + host + "content-type: application/json\r\n";
  const std::vector<std::string> malformed{
      "\r\n\r\nnonsense\r\n\r\n",
      "GET /api/v1/health\r\n\r\n",
      "GET  /api/v1/health HTTP/1.1\r\n" + host + "\r\n",
      start + "host : " + edge.world.host() + "\r\n\r\n",
      start + host + " folded: yes\r\n\r\n",
      start + host + "a: b\n\r\n",
      start + host + host + "\r\n",
      start + host + std::string("a: b\0c\r\n\r\n", 10),
      post + "content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
      post + "content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      post + "transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
      post + "transfer-encoding: gzip\r\n\r\n",
      post + "content-length: -1\r\n\r\n",
      post + "content-length: 2x\r\n\r\n{}",
  };
  for (const auto& bytes : malformed) {
    CAPTURE(bytes);
    auto client = edge.world.over_tcp();
    client.send(bytes);
    const auto answer = client.answer(wire::Method::get);
    CHECK(answer.status == 400);
    CHECK(code(answer) == "invalid_request");
    CHECK(client.closed());
  }
  CHECK(edge.asking({"GET", "/api/v1/health"}).status == 200);
}

TEST_CASE("a second request that hides in the body of the first is never answered") {
  const Edge edge;
  auto client = edge.world.over_tcp();
  client.send("POST /api/v1/login HTTP/1.1\r\n" + edge.host() +
              "content-length: 6\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /api/v1/health HTTP/1.1\r\n" +
              edge.host() + "\r\n");
  CHECK(client.answer(wire::Method::post).status == 400);
  CHECK(client.closed());
  CHECK(client.held().empty());
}

TEST_CASE("what is too large is refused within its limit") {
  const Edge edge;
  CHECK(
      edge.to("GET /api/v1/health HTTP/1.1\r\n" + edge.host() + "a: " + std::string(20'000, 'b') + "\r\n\r\n").status ==
      413);
  std::string many = "GET /api/v1/health HTTP/1.1\r\n" + edge.host();
  for (int i = 0; i < 100; ++i)
    many += "a" + std::to_string(i) + ": b\r\n";
  CHECK(edge.to(many + "\r\n").status == 413);
  CHECK(edge.to("POST /api/v1/login HTTP/1.1\r\n" + edge.host() +
                    "content-type: application/json\r\ncontent-length: "
                    "300000\r\n\r\n",
                wire::Method::post)
            .status == 413);
}

TEST_CASE("a body that is not the operation's is refused, and the connection goes on") {
  const Edge edge;
  auto client = edge.world.over_tcp();
  const auto post = [&](std::string_view body, std::string_view type = "application/json") {
    client.send("POST /api/v1/login HTTP/1.1\r\n" + edge.host() + "content-type: " + std::string(type) +
                "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
    return client.answer(wire::Method::post);
  };
  CHECK(code(post("{")) == "invalid_json");
  CHECK(code(post(R"({"name":"a","name":"b","password":"c"})")) == "invalid_json");
  CHECK(code(post("[]")) == "invalid_request");
  CHECK(code(post(R"({"name":"a"})")) == "invalid_request");
  CHECK(code(post(R"({"name":"a","password":"b","admin":true})")) == "invalid_request");
  CHECK(code(post(R"({"name":"a","password":"b"})", "text/plain")) == "invalid_request");
  CHECK(code(post(std::string(100, '[') + std::string(100, ']'))) == "too_large");
  CHECK(post(R"({"name":"a","password":"b"})").status == 401);
}

TEST_CASE("an unknown path, another method and a strange query each have their own error") {
  const Edge edge;
  CHECK(edge.asking({"GET", "/"}).status == 404);
  CHECK(edge.asking({"GET", "/api/v1/../v1/health"}).status != 200);
  CHECK(edge.asking({"PUT", "/api/v1/health"}).status == 405);
  CHECK(edge.asking({"GET", "/api/v1/health?x=1"}).status == 400);
}

TEST_CASE("only our own names are answered to, and only requests from our own pages") {
  const Edge edge;
  const auto port = std::to_string(edge.world.port());
  const auto with_host = [&](const std::string& host) {
    return edge.to("GET /api/v1/health HTTP/1.1\r\nhost: " + host + "\r\n\r\n").status;
  };
  for (const auto& name : {"localhost:", "127.0.0.1:", "[::1]:", "x1-test.localhost:"})
    CHECK(with_host(name + port) == 200);
  for (const auto& name : {"attacker.example:", "localhost.attacker.example:", "0.0.0.0:", "LOCALHOST:"}) {
    CHECK(with_host(name + port) == 403);
  }
  CHECK(with_host("localhost") == 403);
  CHECK(with_host("localhost:1") == 403);

  const Value body = Value::Object{{"name", "a"}, {"password", "b"}};
  const auto from = [&](std::vector<wire::Header> headers) {
    return edge.asking({"POST", "/api/v1/login", body, "", std::move(headers)}).status;
  };
  CHECK(from({{"origin", "http://" + edge.world.host()}}) == 401);
  CHECK(from({{"origin", "http://localhost:1"}}) == 403);
  CHECK(from({{"origin", "null"}}) == 403);
  CHECK(from({{"sec-fetch-site", "cross-site"}}) == 403);
  CHECK(from({{"sec-fetch-site", "same-site"}}) == 403);
  CHECK(from({{"sec-fetch-site", "none"}}) == 403);
  CHECK(from({{"sec-fetch-site", "same-origin"}}) == 401);
  CHECK(edge.asking({"GET", "/api/v1/health", {}, "", {{"sec-fetch-site", "none"}}}).status == 200);
}

TEST_CASE("a cookie is set and taken on the own name alone, and never enough for a write from elsewhere") {
  Edge edge;
  const auto own = edge.world.own_name() + ":" + std::to_string(edge.world.port());
  const auto use = [&](const std::string& host) {
    return edge.to(
        request_text(
            {"POST", "/api/v1/sign-in-links/use", Value::Object{{"link", edge.world.link()}, {"cookie", true}}}, host),
        wire::Method::post);
  };
  const auto elsewhere = use(edge.world.host());
  CHECK(elsewhere.status == 403);
  CHECK(elsewhere.header("set-cookie").empty());
  const auto login = use(own);
  CHECK(login.body.find_string("token") == nullptr);
  const auto set = login.header("set-cookie");
  CHECK(set.find("HttpOnly; SameSite=Strict; Path=/") != std::string::npos);
  const auto cookie = set.substr(0, set.find(';'));
  const auto with = [&](const std::string& host, std::string_view method, const std::string& target,
                        std::vector<wire::Header> headers) {
    headers.push_back({"cookie", "other=1; " + cookie});
    return edge.to(request_text({method, target, {}, "", headers}, host), *wire::method_from(method)).status;
  };
  CHECK(with(own, "GET", "/api/v1/me", {}) == 200);
  CHECK(with(edge.world.host(), "GET", "/api/v1/me", {}) == 401);
  CHECK(with(own, "POST", "/api/v1/logout", {}) == 403);
  CHECK(with(own, "POST", "/api/v1/logout", {{"origin", "http://" + own}}) == 204);
  CHECK(with(own, "GET", "/api/v1/me", {}) == 401);
}

TEST_CASE("whoever is slow is told so, and holds up nobody") {
  const Edge edge;
  auto slow = edge.world.over_tcp();
  slow.send("GET /api/v1/health HTTP/1.1\r\n");
  std::vector<HttpClient> idle;
  for (int i = 0; i < 100; ++i)
    idle.push_back(edge.world.over_tcp());
  CHECK(edge.world.call({"GET", "/api/v1/health"}).status == 200);
  CHECK(slow.waits_for("HTTP/1.1 408"));
  CHECK(slow.waits_for("too_slow"));
}

TEST_CASE("too many connections are turned away, and the Unix socket still has room") {
  const Edge edge;
  std::vector<HttpClient> idle;
  for (int i = 0; i < 128; ++i)
    idle.push_back(edge.world.over_tcp());
  auto more = edge.world.over_tcp();
  CHECK(more.waits_for("too_many"));
  CHECK(edge.world.call({"GET", "/api/v1/health"}).status == 200);
}

TEST_CASE("requests that come one behind the other are answered in order") {
  const Edge edge;
  auto client = edge.world.over_unix();
  const auto me = request_text({"GET", "/api/v1/me", {}, edge.world.owner_token()}, edge.world.host());
  const auto missing = request_text({"GET", "/api/v1/nothing"}, edge.world.host());
  client.send(me + missing + me);
  for (const int status : {200, 404, 200})
    CHECK(client.answer(wire::Method::get).status == status);
}

TEST_CASE("what was recorded is there again after a restart, and running sessions are over") {
  Edge edge;
  const Value body = Value::Object{{"command", Value::Array{"true"}}};
  const auto id = *edge.world.call({"POST", "/api/v1/sessions", body}).body.find_string("id");
  edge.world.restart();
  const auto found = edge.world.call({"GET", "/api/v1/sessions/" + id});
  CHECK(found.status == 200);
  CHECK(*found.body.find_string("state") == "ended");
}

}  // namespace x1::contract
