// Which requests may follow one another on one connection: the real dialer against real TLS servers on loopback.
#include "dialer/kept.hpp"

#include "dialer/dialer_rig.hpp"

using namespace x1;
using namespace x1::dialer::testing;

namespace {

TlsServer::Answer plain(std::string body = "x") {
  return [body](const std::string&) { return ok_answer(body); };
}

// The same request, twice, on the lane of the rig.
wire::PlannedRequest twice(Rig& rig, const TlsServer& server) {
  auto planned = rig.request(server.port());
  rig.lane = "a";
  CHECK(rig.answer(rig.dial(planned)).status == 200);
  return planned;
}

}  // namespace

TEST_CASE("requests of one lane follow one another on one connection, each with its own credential") {
  Rig rig;
  TlsServer server(rig.context, server_identity(), plain());
  const auto planned = twice(rig, server);
  server.last_request.clear();
  const auto answer = rig.answer(rig.dial(planned));
  CHECK(answer.address == "127.0.0.1:" + std::to_string(server.port()));
  CHECK(server.last_request.find("authorization: Basic ") != std::string::npos);
  CHECK(server.last_request.find("connection: close") == std::string::npos);
  CHECK(server.connections == 1);
  CHECK(server.requests == 2);
}

TEST_CASE("without a lane each request has a connection of its own") {
  Rig rig;
  TlsServer server(rig.context, server_identity(), plain());
  const auto planned = rig.request(server.port());
  for (int i = 0; i < 2; ++i)
    CHECK(rig.answer(rig.dial(planned)).status == 200);
  CHECK(server.connections == 2);
}

TEST_CASE("another lane, another user, another authority or another name never shares a connection") {
  Rig rig;
  TlsServer server(rig.context, server_identity(), plain());
  const auto planned = twice(rig, server);
  rig.lane = "b";
  CHECK(rig.answer(rig.dial(planned)).status == 200);
  CHECK(server.connections == 2);
  rig.lane = "a";
  rig.user = "bob";
  CHECK(rig.answer(rig.dial(planned)).status == 200);
  CHECK(server.connections == 3);
  rig.user = "ada";
  rig.ca = authority().pem() + "\n";
  CHECK(rig.answer(rig.dial(planned)).status == 200);
  CHECK(server.connections == 4);
  rig.ca = authority().pem();
  CHECK(rig.answer(rig.dial(rig.request(server.port(), "127.0.0.1"))).status == 200);
  CHECK(server.connections == 5);
}

TEST_CASE("a connection is shared by one request at a time") {
  Rig rig;
  TlsServer server(rig.context, server_identity(), plain());
  const auto planned = twice(rig, server);
  rig.send(rig.dial(planned));
  rig.send(rig.dial(planned));
  (void)rig.outcome();
  (void)rig.outcome();
  CHECK(server.connections == 2);
}

TEST_CASE("an answer that was not whole, or had something behind it, ends its connection") {
  Rig rig;
  rig.lane = "a";
  const auto whole = ok_answer("x");
  const std::string closing = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx";
  const std::string smuggled = ok_answer("stolen");
  int next = 0;
  std::string first;
  TlsServer server(rig.context, server_identity(),
                   [&](const std::string&) { return next++ == 0 ? first : ok_answer("second"); });
  for (const auto& bytes : {closing, whole + smuggled, whole + "\r\n", whole + "x"}) {
    next = 0;
    first = bytes;
    const int before = server.connections;
    CHECK(rig.answer(rig.dial(rig.request(server.port()))).body == "x");
    CHECK(rig.answer(rig.dial(rig.request(server.port()))).body == "second");
    CHECK(server.connections == before + 2);
    rig.hang_up();
  }
}

TEST_CASE("bytes in a piece of their own behind an answer are noticed before the next request") {
  Rig rig;
  rig.lane = "a";
  int next = 0;
  const auto whole = ok_answer("x");
  TlsServer server(
      rig.context, server_identity(),
      [&](const std::string&) { return next++ == 0 ? whole + ok_answer("y") : ok_answer("second"); }, whole.size());
  CHECK(rig.answer(rig.dial(rig.request(server.port()))).body == "x");
  rig.until([&] { return next == 1; });
  rig.lane = "another";  // its handshake gives the second piece the time to arrive
  CHECK(rig.answer(rig.dial(rig.request(server.port()))).body == "second");
  rig.lane = "a";
  CHECK(rig.answer(rig.dial(rig.request(server.port()))).body == "second");
  CHECK(server.connections == 3);
}

TEST_CASE("a read whose kept connection has died goes out once more on a fresh one") {
  Rig rig;
  TlsServer server(rig.context, server_identity(), plain());
  server.requests_each = 1;
  const auto planned = twice(rig, server);
  CHECK(rig.answer(rig.dial(planned)).status == 200);
  CHECK(server.connections == 2);
  CHECK(server.requests == 2);
}

TEST_CASE("a server that hangs up on the request itself is asked once more, and no more than that") {
  Rig rig;
  int next = 0;
  TlsServer server(rig.context, server_identity(),
                   [&](const std::string&) { return next++ == 0 ? ok_answer("x") : std::string(); });
  server.requests_each = 2;
  const auto planned = twice(rig, server);
  rig.deadline_ms = 200;
  const auto failed = rig.failure(rig.dial(planned));
  CHECK(failed.sent);
  CHECK(server.requests == 3);
  CHECK(server.connections == 2);
}

TEST_CASE("a request that changes something never goes out on a used connection, so it never goes out twice") {
  Rig rig;
  TlsServer server(rig.context, server_identity(), plain());
  auto planned = twice(rig, server);
  planned.method = wire::Method::put;
  CHECK(rig.answer(rig.dial(planned)).status == 200);
  CHECK(server.connections == 2);
}

TEST_CASE("after the broker hangs up nothing that was open is used again, nor what was under way then") {
  Rig rig;
  bool hold = false;
  std::string held;
  TlsServer server(rig.context, server_identity(), [&](const std::string&) {
    if (hold) rig.hang_up();
    return ok_answer("x");
  });
  const auto planned = twice(rig, server);
  rig.hang_up();
  CHECK(rig.answer(rig.dial(planned)).status == 200);
  CHECK(server.connections == 2);
  hold = true;  // the answer comes after the hang-up
  CHECK(rig.answer(rig.dial(planned)).status == 200);
  hold = false;
  CHECK(rig.answer(rig.dial(planned)).status == 200);
  CHECK(server.connections >= 3);
}

TEST_CASE("an address that the owner has taken back is not used, though a connection to it is open") {
  Rig rig;
  TlsServer server(rig.context, server_identity(), plain());
  const auto planned = twice(rig, server);
  rig.confirmed.clear();
  CHECK(rig.failure(rig.dial(planned)).code == base::Code::address_refused);
  CHECK(server.requests == 1);
}

TEST_CASE("only so many connections are kept") {
  Rig rig;
  TlsServer server(rig.context, server_identity(), plain());
  const auto planned = rig.request(server.port());
  for (std::size_t i = 0; i <= dialer::Kept::most; ++i) {
    rig.lane = "lane" + std::to_string(i);
    CHECK(rig.answer(rig.dial(planned)).status == 200);
  }
  const int before = server.connections;
  CHECK(rig.answer(rig.dial(planned)).status == 200);
  CHECK(server.connections == before);
  rig.lane = "lane0";
  CHECK(rig.answer(rig.dial(planned)).status == 200);
  CHECK(server.connections == before + 1);
}
