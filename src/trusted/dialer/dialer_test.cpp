// The real dialer against real TLS servers on loopback.
#include "dialer/dialer_rig.hpp"
#include "dialer/scrub.hpp"

using namespace x1;
using namespace x1::dialer::testing;

TEST_CASE("a request goes out with the credential and its answer comes back with the address that was dialled") {
  Rig rig;
  TlsServer server(rig.context, server_identity(), [](const std::string&) { return ok_answer("events"); });
  const auto answer = rig.answer(rig.dial(rig.request(server.port())));
  CHECK(answer.status == 200);
  CHECK(answer.body == "events");
  CHECK(answer.address == "127.0.0.1:" + std::to_string(server.port()));
  const auto basic = base::base64_encode(base::as_bytes("ada:" + password));
  CHECK(server.last_request.find("authorization: Basic " + basic + "\r\n") != std::string::npos);
  CHECK(rig.looked_up == std::vector<std::string>{"cal.example.org"});
}

TEST_CASE("an address in the URL is dialled without asking for names, and verified as an address") {
  Rig rig;
  TlsServer server(rig.context, server_identity(), [](const std::string&) { return ok_answer("x"); });
  CHECK(rig.answer(rig.dial(rig.request(server.port(), "127.0.0.1"))).body == "x");
  CHECK(rig.looked_up.empty());
}

TEST_CASE("a server of another authority, another name or another time is not believed, and gets no byte") {
  Rig rig;
  const Identity stranger("stranger", "", nullptr);
  const Identity other("other.example.org", "DNS:other.example.org", &authority());
  const Identity named_by_cn("cal.example.org", "DNS:x.example.org", &authority());
  const Identity partial("p", "DNS:c*.example.org", &authority());
  const Identity expired("cal.example.org", "DNS:cal.example.org", &authority(), -3600);
  const Identity forged("cal.example.org", "DNS:cal.example.org", &stranger);
  for (const auto* identity : {&other, &named_by_cn, &partial, &expired, &forged}) {
    TlsServer server(rig.context, *identity, [](const std::string&) { return ok_answer("x"); });
    const auto failed = rig.failure(rig.dial(rig.request(server.port())));
    CHECK(failed.code == base::Code::tls_failed);
    CHECK_FALSE(failed.sent);
    CHECK(server.last_request.empty());
  }
}

TEST_CASE("without an authority nothing is trusted") {
  Rig rig;
  rig.ca.clear();
  TlsServer server(rig.context, server_identity(), [](const std::string&) { return ok_answer("x"); });
  CHECK(rig.failure(rig.dial(rig.request(server.port()))).code == base::Code::tls_failed);
}

TEST_CASE("a private address that nobody confirmed is not even connected to") {
  Rig rig;
  TlsServer server(rig.context, server_identity(), [](const std::string&) { return ok_answer("x"); });
  const auto planned = rig.request(server.port());
  rig.confirmed.clear();
  CHECK(rig.failure(rig.dial(planned)).code == base::Code::address_refused);
  CHECK(server.connections == 0);
}

TEST_CASE("a name that turns to a private address between two calls is refused at the second") {
  Rig rig;
  TlsServer server(rig.context, server_identity(), [](const std::string&) { return ok_answer("x"); });
  const auto planned = rig.request(server.port());
  CHECK(rig.answer(rig.dial(planned)).status == 200);
  rig.addresses = {"127.0.0.2"};
  CHECK(rig.failure(rig.dial(planned)).code == base::Code::address_refused);
  rig.addresses = {"::ffff:127.0.0.2", "0.0.0.0", "::1"};
  CHECK(rig.failure(rig.dial(planned)).code == base::Code::address_refused);
  CHECK(server.connections == 1);
}

TEST_CASE("a credential for another request, another origin or another dialer sends nothing") {
  Rig rig;
  TlsServer server(rig.context, server_identity(), [](const std::string&) { return ok_answer("x"); });
  const auto planned = rig.request(server.port());
  auto other_target = rig.dial(planned);
  other_target.request.target = "/bob/";
  auto other_host = rig.dial(planned);
  other_host.request.origin.host = "evil.example.org";
  auto damaged = rig.dial(planned);
  damaged.credential.back() ^= 1U;
  for (const auto& order : {other_target, other_host, damaged})
    CHECK(rig.failure(order).code == base::Code::invalid_token);
  CHECK(server.connections == 0);
}

TEST_CASE("a redirect is an answer and is never followed") {
  Rig rig;
  TlsServer server(rig.context, server_identity(), [](const std::string&) {
    return std::string("HTTP/1.1 302 Found\r\nLocation: https://evil.example.org/\r\nContent-Length: 0\r\n\r\n");
  });
  const auto answer = rig.answer(rig.dial(rig.request(server.port())));
  CHECK(answer.status == 302);
  CHECK(answer.headers == std::vector<wire::Header>{{"location", "https://evil.example.org/"}});
  CHECK(server.connections == 1);
  CHECK(rig.looked_up.size() == 1);
}

TEST_CASE("an answer that is too large, malformed, compressed or cut off is an error, after something was sent") {
  Rig rig;
  for (const std::string& bytes :
       {ok_answer(std::string(200'000, 'x')), std::string("HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx")}) {
    TlsServer server(rig.context, server_identity(), [&](const std::string&) { return bytes; });
    const auto failed = rig.failure(rig.dial(rig.request(server.port())));
    CAPTURE(bytes.substr(0, 60));
    CAPTURE(failed.message);
    CHECK((failed.code == base::Code::upstream_error || failed.code == base::Code::too_large ||
           failed.code == base::Code::unsupported));
    CHECK(failed.sent);
  }
}

TEST_CASE("a server that says nothing is left at the deadline, and a cancelled call at once") {
  Rig rig;
  TlsServer server(rig.context, server_identity(), [](const std::string&) { return std::string(); });
  rig.deadline_ms = 100;
  CHECK(rig.failure(rig.dial(rig.request(server.port()))).code == base::Code::timed_out);
  rig.deadline_ms = 60'000;
  server.last_request.clear();
  rig.send(rig.dial(rig.request(server.port())));
  rig.until([&] { return !server.last_request.empty(); });
  rig.cancel();
  const auto message = rig.outcome();
  REQUIRE(std::holds_alternative<Failed>(message));
  CHECK(std::get<Failed>(message).sent);
}

TEST_CASE("a server that echoes the credential, in any listed form and any chunking, gets none of it through") {
  Rig rig;
  const auto echo = [](const std::string& request) {
    const auto basic = base::base64_encode(base::as_bytes("ada:" + password));
    const auto hex = base::hex_encode(base::as_bytes(password));
    const auto inner = base::base64_encode(base::as_bytes("xy" + password + "z"));
    std::string chunks;
    for (const auto& part : {request, password, basic, hex, inner}) {
      // One byte a chunk: nothing of the secret stands in one piece on the wire.
      for (const char c : part)
        chunks += std::string("1\r\n") + c + "\r\n";
    }
    return "HTTP/1.1 200 OK\r\nETag: \"" + basic + "\"\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\n";
  };
  for (const std::size_t piece : {1U, 2U, 7U, 1000U, 100'000U}) {
    TlsServer server(rig.context, server_identity(), echo, piece);
    const auto answer = rig.answer(rig.dial(rig.request(server.port())));
    const auto all = answer.body + answer.headers.at(0).value;
    for (const auto& form : {password, base::base64_encode(base::as_bytes("ada:" + password)),
                             base::hex_encode(base::as_bytes(password)), base::base64_encode(base::as_bytes(password))})
      CHECK(all.find(form) == std::string::npos);
    CHECK(all.find(std::string(dialer::Scrubber::mark)) != std::string::npos);
  }
}

TEST_CASE("plain http goes to a confirmed endpoint only") {
  Rig rig;
  auto planned = rig.request(1);
  planned.origin.scheme = rig.origin.scheme = wire::Scheme::http;
  rig.confirmed.clear();
  CHECK(rig.failure(rig.dial(planned)).code == base::Code::address_refused);
}

TEST_CASE("a server that is not there is unavailable, and nothing was sent") {
  Rig rig;
  std::uint16_t port = 0;
  {
    asio::ip::tcp::acceptor taken(rig.context, {asio::ip::address_v4::loopback(), 0});
    port = taken.local_endpoint().port();
  }
  const auto failed = rig.failure(rig.dial(rig.request(port)));
  CHECK(failed.code == base::Code::unavailable);
  CHECK_FALSE(failed.sent);
}
