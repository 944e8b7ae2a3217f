#include "gate/route.hpp"

#include <doctest/doctest.h>

using namespace x1;
using namespace x1::gate;
using wire::Header;
using wire::Method;

namespace {

const Place place = place_at(9090);

wire::HttpRequest ask(Method method, std::string target, std::vector<Header> headers = {}, std::string body = {}) {
  headers.push_back({"host", "127.0.0.1:9090"});
  return {.method = method, .target = std::move(target), .headers = std::move(headers), .body = std::move(body)};
}

int status(const wire::HttpRequest& request) {
  const auto asked = route(request, place);
  const auto* refused = std::get_if<Refused>(&asked);
  return refused == nullptr ? 200 : refused->status;
}

const std::vector<Header> mcp{{"content-type", "application/json"}, {"accept", "application/json, text/event-stream"}};

std::vector<Header> mcp_and(Header more) {
  auto headers = mcp;
  headers.push_back(std::move(more));
  return headers;
}

}  // namespace

TEST_CASE("only the gate's own names are taken as Host") {
  for (const auto* host : {"127.0.0.1:9090", "localhost:9090"})
    CHECK(status({.method = Method::get, .target = "/", .headers = {{"host", host}}, .body = {}}) == 200);
  for (const auto* host :
       {"127.0.0.1", "localhost", "evil.example:9090", "127.0.0.1:90900", "LOCALHOST:9090", "[::1]:9090", ""})
    CHECK(status({.method = Method::get, .target = "/", .headers = {{"host", host}}, .body = {}}) == 403);
  CHECK(status({.method = Method::get, .target = "/", .headers = {}, .body = {}}) == 403);
}

TEST_CASE("a page of another origin is no client") {
  CHECK(status(ask(Method::post, "/mcp", mcp_and({"origin", "http://localhost:9090"}))) == 200);
  for (const auto* origin : {"http://evil.example", "null", "http://localhost:8080", "https://localhost:9090"})
    CHECK(status(ask(Method::post, "/mcp", mcp_and({"origin", origin}))) == 403);
}

TEST_CASE("/mcp takes GET, POST and DELETE, of supported versions") {
  CHECK(status(ask(Method::post, "/mcp", mcp)) == 200);
  CHECK(status(ask(Method::delete_, "/mcp")) == 200);
  const auto put = route(ask(Method::put, "/mcp", mcp), place);
  CHECK(std::get<Refused>(put).status == 405);
  CHECK(std::get<Refused>(put).allow == "GET, POST, DELETE");
  const auto get = route(ask(Method::get, "/mcp", {{"accept", "text/event-stream"}, {"mcp-session-id", "s"}}), place);
  CHECK(std::get<McpListen>(get).session == "s");
  CHECK(status(ask(Method::get, "/mcp", {{"accept", "application/json"}})) == 406);
  CHECK(status(ask(Method::get, "/mcp", mcp_and({"mcp-protocol-version", "1.0"}))) == 400);
  CHECK(status(ask(Method::get, "/mcp", mcp_and({"origin", "http://evil.example"}))) == 403);
  CHECK(status(ask(Method::post, "/mcp", mcp_and({"mcp-protocol-version", "2025-06-18"}))) == 200);
  CHECK(status(ask(Method::post, "/mcp", mcp_and({"mcp-protocol-version", "1.0"}))) == 400);
}

TEST_CASE("a POST says that it is JSON and that it takes JSON and streams") {
  CHECK(status(ask(Method::post, "/mcp", {{"content-type", "text/plain"}, {"accept", "*/*"}})) == 415);
  CHECK(status(ask(Method::post, "/mcp", {{"content-type", "application/jsonx"}, {"accept", "*/*"}})) == 415);
  CHECK(status(ask(Method::post, "/mcp", {{"content-type", "application/json; charset=utf-8"}, {"accept", "*/*"}})) ==
        200);
  CHECK(status(ask(Method::post, "/mcp", {{"content-type", "application/json"}, {"accept", "application/json"}})) ==
        406);
  CHECK(status(ask(Method::post, "/mcp", {{"content-type", "application/json"}})) == 406);
}

TEST_CASE("what the adapter says of a turn has exactly its members") {
  const auto post = [](std::string target, std::string body) {
    return ask(Method::post, std::move(target), {{"content-type", "application/json"}}, std::move(body));
  };
  const auto output = route(post("/turns/12/output", R"({"text":"hi"})"), place);
  CHECK(std::get<TurnOutput>(output).turn == 12);
  CHECK(std::get<TurnOutput>(output).text == "hi");
  CHECK(std::get<TurnDone>(route(post("/turns/1/done", R"({"outcome":"failed"})"), place)).outcome == "failed");
  CHECK(status(post("/turns/1/done", R"({"outcome":"won"})")) == 400);
  CHECK(status(post("/turns/1/output", R"({"text":"hi","type":"user.message"})")) == 400);
  CHECK(status(post("/turns/1/output", R"({"text":7})")) == 400);
  CHECK(status(post("/turns/1/output", "{")) == 400);
  CHECK(status(post("/turns/1/output", R"({"text":")" + std::string(70'000, 'x') + "\"}")) == 400);
}

TEST_CASE("there is nothing at any other path") {
  for (const auto* target :
       {"/mcp/", "/MCP", "/mcp?x=1", "/turns/", "/turns/x/output", "/turns/-1/output", "/turns/01/output",
        "/turns/0/output", "/turns/1", "/turns/1/", "/turns/1/output/x", "/turns/99999999999999999999/done", "/x"})
    CHECK(status(ask(Method::post, target, {{"content-type", "application/json"}}, R"({"text":""})")) == 404);
  CHECK(status(ask(Method::put, "/turns/1/output")) == 405);
  CHECK(status(ask(Method::post, "/turns")) == 405);
  CHECK(status(ask(Method::post, "/")) == 405);
}
