#include "wire/http.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

namespace x1::wire {
namespace {

using base::Code;

HttpRequest request_of(std::string_view bytes) {
  HttpRequestReader reader;
  auto read = reader.feed(bytes);
  REQUIRE_MESSAGE(read.ok(), bytes);
  REQUIRE_MESSAGE(read->has_value(), bytes);
  CHECK(!reader.in_message());
  return std::move(**read);
}

Code request_refused(std::string_view bytes, const HttpLimits& limits = {}) {
  HttpRequestReader reader(limits);
  const auto read = reader.feed(bytes);
  REQUIRE_MESSAGE(!read.ok(), bytes);
  CHECK(!reader.feed("GET / HTTP/1.1\r\nHost: x\r\n\r\n").ok());  // spent
  CHECK(!reader.in_message());
  return read.error().code;
}

HttpResponse response_of(std::string_view bytes, Method to = Method::get) {
  HttpResponseReader reader(to);
  auto read = reader.feed(bytes);
  REQUIRE_MESSAGE(read.ok(), bytes);
  if (read->has_value()) return std::move(**read);
  auto ended = reader.end();
  REQUIRE_MESSAGE(ended.ok(), bytes);
  return std::move(ended).value();
}

Code response_refused(std::string_view bytes, const HttpLimits& limits = {}) {
  HttpResponseReader reader(Method::get, limits);
  const auto read = reader.feed(bytes);
  if (!read.ok()) return read.error().code;
  REQUIRE_MESSAGE(!read->has_value(), bytes);
  const auto ended = reader.end();
  REQUIRE_MESSAGE(!ended.ok(), bytes);
  return ended.error().code;
}

const std::string chunked_post =
    "POST /mcp?x=1 HTTP/1.1\r\nHost: localhost\r\nAccept: a\r\nAccept: b\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5\r\nhello\r\nA\r\n, world, 1\r\n0\r\n\r\n";

}  // namespace

TEST_CASE("a request is read with its method, target, headers and body") {
  const auto request = request_of("POST /mcp HTTP/1.1\r\nHost: a:1\r\nContent-Length: 5\r\nX-Thing:  v \r\n\r\nhello");
  CHECK(request.method == Method::post);
  CHECK(request.target == "/mcp");
  CHECK(*request.header("host") == "a:1");
  CHECK(*request.header("x-thing") == "v");
  CHECK(request.header("cookie") == nullptr);
  CHECK(request.body == "hello");
  CHECK(request.keep_alive);
  CHECK(request_of(chunked_post).body == "hello, world, 1");
  CHECK(!request_of("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n").keep_alive);
  CHECK(!request_of("GET / HTTP/1.0\r\nHost: a\r\n\r\n").keep_alive);
}

TEST_CASE("requests that follow each other are taken one by one") {
  HttpRequestReader reader;
  const auto first =
      reader.feed("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPUT /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nxyGET");
  REQUIRE(first.ok());
  CHECK((*first)->target == "/1");
  const auto second = reader.feed("");
  REQUIRE(second.ok());
  CHECK((*second)->body == "xy");
  CHECK(reader.in_message());
  CHECK(!reader.feed("")->has_value());
  CHECK(reader.feed(" /3 HTTP/1.1\r\nHost: a\r\n\r\n")->value().target == "/3");
  CHECK(!reader.in_message());
}

TEST_CASE("requests that two readers could frame differently are refused") {
  const auto with = [](std::string_view headers, std::string_view body = "") {
    return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n" + std::string(body);
  };
  for (const auto& bytes : {
           with("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
           with("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n", "0\r\n\r\n"),
           with("Content-Length: 1\r\nContent-Length: 1\r\n", "x"),
           with("Content-Length: 1, 1\r\n", "x"),
           with("Content-Length: +1\r\n", "x"),
           with("Content-Length: 0x1\r\n", "x"),
           with("Content-Length: \r\n"),
           with("Content-Length: -1\r\n"),
           with("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
           with("Transfer-Encoding: identity\r\n"),
           with("Transfer-Encoding: xchunked\r\n"),
           with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
           with("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
           with("X: a\r\n b\r\n"),
           with("X: a\r\n\tb\r\n"),
           with("X: a\nY: b\r\n"),
           with("X: a\rY: b\r\n"),
           with(std::string_view("X: a\0b\r\n", 8)),
           with("X: a\x7f\r\n"),
           with(" X: a\r\n"),
           with("X a\r\n"),
           with(": a\r\n"),
           with("X\xe9: a\r\n"),
           with("Host: b\r\n"),
           with("Authorization: a\r\nAuthorization: b\r\n"),
           with("Cookie: a\r\ncookie: b\r\n"),
           std::string("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"),
           std::string("GET / HTTP/1.1\nHost: a\n\n"),
           std::string("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
           std::string("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
           std::string("GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
           std::string("GET /\r\nHost: a\r\n\r\n"),
           std::string("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
           std::string("GET a HTTP/1.1\r\nHost: a\r\n\r\n"),
           std::string("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"),
           std::string("GET /#x HTTP/1.1\r\nHost: a\r\n\r\n"),
           std::string("GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n"),
           std::string("GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n"),
           std::string("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"),
           std::string("GET / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
       }) {
    CHECK_MESSAGE(request_refused(bytes) == Code::invalid_request, bytes);
  }
}

TEST_CASE("chunks have one form: no extensions, no blanks, no trailers in requests") {
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const auto* body : {"1;a=b\r\nx\r\n0\r\n\r\n", "1 \r\nx\r\n0\r\n\r\n", " 1\r\nx\r\n", "\r\nx", "0x1\r\nx",
                           "1\nx\n0\n\n", "1\r\nxx\r\n0\r\n\r\n", "1\r\nx\n0\r\n\r\n", "000000001\r\nx\r\n", "g\r\n",
                           "-1\r\n", "0\r\nX: y\r\n\r\n", "0\r\n\rx", "1\rx"}) {
    CHECK_MESSAGE(request_refused(head + body) == Code::invalid_request, body);
  }
}

TEST_CASE("methods that are not taken are told apart from malformed requests") {
  CHECK(request_refused("BREW / HTTP/1.1\r\nHost: a\r\n\r\n") == Code::unsupported);
  CHECK(request_refused("get / HTTP/1.1\r\nHost: a\r\n\r\n") == Code::unsupported);
  CHECK(request_refused("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n") == Code::unsupported);
  CHECK(!method_from("").ok());
  CHECK(*method_from("DELETE") == Method::delete_);
}

TEST_CASE("limits hold for head, headers and body, whether or not the rest has come") {
  CHECK(request_refused(std::string(100, 'x'), {.head_bytes = 100}) == Code::too_large);
  CHECK(request_refused("GET / HTTP/1.1\r\nHost: a\r\n\r\n", {.head_bytes = 26}) == Code::too_large);
  CHECK(HttpRequestReader({.head_bytes = 27}).feed("GET / HTTP/1.1\r\nHost: a\r\n\r\n").ok());
  CHECK(request_refused("GET / HTTP/1.1\r\nHost: a\r\nB: c\r\n\r\n", {.headers = 1}) == Code::too_large);
  CHECK(request_refused("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", {.body_bytes = 4}) ==
        Code::too_large);
  CHECK(request_refused("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n") ==
        Code::invalid_request);
  CHECK(request_refused("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\n",
                        {.body_bytes = 4}) == Code::too_large);
  CHECK(response_refused("HTTP/1.1 200 OK\r\n\r\n12345", {.body_bytes = 4}) == Code::too_large);
  const auto trailer = "0\r\nX: " + std::string(50, 'y') + "\r\n\r\n";
  CHECK(response_refused("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + trailer, {.head_bytes = 50}) ==
        Code::too_large);
}

TEST_CASE("responses are read with every way that a body may end") {
  CHECK(response_of("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").body == "hi");
  CHECK(response_of("HTTP/1.1 207 Multi-Status\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n").body ==
        "hi");
  CHECK(response_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n")
            .body == "hi");
  const auto closed = response_of("HTTP/1.0 200 OK\r\n\r\nuntil the end");
  CHECK(closed.body == "until the end");
  CHECK(!closed.keep_alive);
  CHECK(response_of("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n").status == 204);
  CHECK(response_of("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n").body.empty());
  CHECK(response_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", Method::head).body.empty());
  CHECK(response_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", Method::head).keep_alive);
  CHECK(response_of("HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 0\r\n\r\n").headers.size() ==
        3);
}

TEST_CASE("interim answers are passed over, but not for ever") {
  const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
  CHECK(response_of(interim +
                    "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            .status == 200);
  std::string many;
  for (int i = 0; i < 9; ++i)
    many += interim;
  CHECK(response_refused(many) == Code::upstream_error);
  CHECK(response_refused("HTTP/1.1 101 Switching Protocols\r\n\r\n") == Code::unsupported);
}

TEST_CASE("responses that are cut off or could be read two ways are refused") {
  for (const auto* bytes :
       {"", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", "HTTP/1.1 200 OK\r\nX: y\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "HTTP/1.1 099 Odd\r\n\r\n", "HTTP/1.1 600 Odd\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", "ICY 200 OK\r\n\r\n", "HTTP/1.1 200 OK\nX: y\n\n"}) {
    CHECK_MESSAGE(response_refused(bytes) == Code::upstream_error, bytes);
  }
  CHECK(response_refused("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n") ==
        Code::unsupported);
  CHECK(response_of("HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 0\r\n\r\n").status == 200);
}

TEST_CASE("bytes after an answer end the use of its connection") {
  CHECK(!response_of("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1").keep_alive);
  HttpResponseReader reader(Method::get);
  REQUIRE(reader.feed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")->has_value());
  CHECK(!reader.feed("x").ok());
}

TEST_CASE("what is serialised is read back the same") {
  HttpRequest request{Method::report, "/cal/?a=b", {{"accept", "text/xml"}, {"depth", "1"}}, "<x/>", false};
  const auto read = request_of(serialise(request, "host:1"));
  CHECK(read.method == Method::report);
  CHECK(read.target == request.target);
  CHECK(read.body == request.body);
  CHECK(*read.header("host") == "host:1");
  CHECK(*read.header("depth") == "1");
  CHECK(!read.keep_alive);
  CHECK(serialise(HttpRequest{Method::get, "/", {{"host", "evil"}, {"content-length", "9"}}, "", true}, "a") ==
        "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  CHECK(serialise(HttpRequest{Method::post, "/", {}, "", true}, "a") ==
        "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n");
  CHECK(response_of(serialise(HttpResponse{404, {{"x", "y"}}, "gone", true})).body == "gone");
  CHECK(serialise(HttpResponse{204, {}, "", true}) == "HTTP/1.1 204 No Content\r\n\r\n");
  const auto stream = event_stream_head({{"x", "y"}}) + chunk("data: 1\n\n") + chunk("");
  CHECK(response_of(stream).body == "data: 1\n\n");
  CHECK(*response_of(stream).header("content-type") == "text/event-stream");
}

TEST_CASE("it makes no difference in which pieces the bytes arrive") {
  const auto stream =
      chunked_post +
      "GET /2 HTTP/1.1\r\nHost: a\r\n\r\nPUT /3 HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n123456789BAD\n";
  CHECK(rc::check("pieces", [&] {
    HttpRequestReader reader;
    std::string seen;
    std::string_view rest = stream;
    while (!rest.empty()) {
      const auto piece = rest.substr(0, *rc::gen::inRange<std::size_t>(1, 40));
      rest.remove_prefix(piece.size());
      auto read = reader.feed(piece);
      for (; read.ok() && read->has_value(); read = reader.feed(""))
        seen += (*read)->target + "|" + (*read)->body + "|";
      if (!read.ok()) {
        RC_ASSERT(rest.empty());
        seen += to_string(read.error().code);
      }
    }
    RC_ASSERT(seen == "/mcp?x=1|hello, world, 1|/2||/3|123456789|invalid_request");
  }));
}

TEST_CASE("any body, in any chunks, comes out whole") {
  CHECK(rc::check("chunks", [](const std::vector<std::string>& parts) {
    std::string bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    std::string whole;
    for (const auto& part : parts) {
      if (part.empty()) continue;
      bytes += chunk(part);
      whole += part;
    }
    RC_ASSERT(response_of(bytes + chunk("")).body == whole);
  }));
}

}  // namespace x1::wire
