#include "wire/nats.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "wire/json.hpp"

namespace x1::wire::nats {
namespace {

std::vector<Frame> frames_of(std::string_view bytes) {
  Reader reader;
  auto read = reader.feed(bytes);
  REQUIRE_MESSAGE(read.ok(), bytes);
  return std::move(read).value();
}

base::Code refused(std::string_view bytes, std::size_t max_payload = 8 << 20) {
  Reader reader(max_payload);
  const auto read = reader.feed(bytes);
  REQUIRE_MESSAGE(!read.ok(), bytes);
  CHECK(!reader.feed("PING\r\n").ok());  // spent
  return read.error().code;
}

Message message_of(std::string_view bytes) {
  const auto frames = frames_of(bytes);
  REQUIRE(frames.size() == 1);
  REQUIRE(std::holds_alternative<Message>(frames[0]));
  return std::get<Message>(frames[0]);
}

std::string show(const Frame& frame) {
  if (const auto* message = std::get_if<Message>(&frame)) {
    return message->subject + "|" + message->reply + "|" + message->headers + "|" + message->payload + "\n";
  }
  return std::to_string(frame.index()) + "\n";
}

}  // namespace

TEST_CASE("every frame that a server sends is read") {
  const auto frames = frames_of(
      "INFO {\"nonce\":\"abc\",\"max_payload\":1048576,\"x\":[]} \r\nPING\r\nPONG\r\n+OK\r\n-ERR 'No Way'\r\n");
  REQUIRE(frames.size() == 5);
  CHECK(std::get<Info>(frames[0]).nonce == "abc");
  CHECK(std::get<Info>(frames[0]).max_payload == 1'048'576);
  CHECK(std::holds_alternative<Ping>(frames[1]));
  CHECK(std::holds_alternative<Pong>(frames[2]));
  CHECK(std::holds_alternative<Ok>(frames[3]));
  CHECK(std::get<ServerError>(frames[4]).text == "No Way");
}

TEST_CASE("messages come with and without reply and headers, and may hold anything") {
  const auto plain = message_of("MSG a.b 7 5\r\n\r\nPI\n\r\n");
  CHECK(plain.subject == "a.b");
  CHECK(plain.subscription == 7);
  CHECK(plain.reply.empty());
  CHECK(plain.payload == "\r\nPI\n");
  CHECK(message_of("MSG a.b 7 _INBOX.x 0\r\n\r\n").reply == "_INBOX.x");
  const auto headed = message_of("HMSG a 1 r 12 14\r\nNATS/1.0\r\n\r\nhi\r\n");
  CHECK(headed.headers == "NATS/1.0\r\n\r\n");
  CHECK(headed.payload == "hi");
  CHECK(headed.reply == "r");
  CHECK(!says_no_responders(headed));
  CHECK(says_no_responders(message_of("HMSG a 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n")));
}

TEST_CASE("what no server sends is refused") {
  for (const auto* bytes : {"HELLO\r\n",
                            "PING\n",
                            "\r\n",
                            "\n",
                            "ping\r\n",
                            "INFO\r\n",
                            "INFO []\r\n",
                            "INFO {\r\n",
                            "MSG a 1\r\n",
                            "MSG a 1 2 3 4\r\n",
                            "MSG a x 0\r\n",
                            "MSG a 1 -1\r\n",
                            "MSG a 1 +1\r\n",
                            "MSG a 1 \r\n",
                            "MSG  a 1 0\r\n",
                            "MSG a* 1 0\r\n",
                            "MSG a.> 1 0\r\n",
                            "MSG a..b 1 0\r\n",
                            "MSG a 1 r* 0\r\n",
                            "MSG a 1 1\r\nxyz",
                            "MSG a 1 99999999999999999999999\r\n",
                            "HMSG a 1 5 4\r\n",
                            "HMSG a 1 5\r\n",
                            "MSG a\t1 0\r\n"}) {
    CHECK_MESSAGE(refused(bytes) == base::Code::upstream_error, bytes);
  }
}

TEST_CASE("lines and payloads have limits, before the rest has come") {
  CHECK(refused("MSG a 1 11\r\n", 10) == base::Code::too_large);
  CHECK(frames_of("MSG a 1 10\r\n").empty());
  CHECK(refused(std::string(32 * 1024, 'x')) == base::Code::too_large);
  CHECK(refused("INFO " + std::string(40 * 1024, ' ') + "\r\n") == base::Code::too_large);
}

TEST_CASE("subjects and patterns are told apart") {
  for (const auto* good : {"a", "a.b.c", "x1.session.s-1.control", "_INBOX.s1.x", "$SYS.x"})
    CHECK(is_subject(good));
  for (const auto* bad :
       {"", ".", "a.", ".a", "a..b", "a b", "a\tb", "a\r\nb", "*", "a.*", "a.>", "a*b", "caf\xc3\xa9"})
    CHECK(!is_subject(bad));
  for (const auto* good : {"a.*", "a.>", "*.b", ">", "a.*.c"})
    CHECK(is_pattern(good));
  for (const auto* bad : {"", ">.a", "a*", "a.>b", "a..*", "* "})
    CHECK(!is_pattern(bad));
  CHECK(!is_subject(std::string(256, 'a')));
}

TEST_CASE("what a client writes") {
  CHECK(subscribe("_INBOX.s1.>", 3) == "SUB _INBOX.s1.> 3\r\n");
  CHECK(publish("a.b", "", "hi") == "PUB a.b 2\r\nhi\r\n");
  CHECK(publish("a.b", "r", "") == "PUB a.b r 0\r\n\r\n");
  CHECK(ping() == "PING\r\n");
  CHECK(pong() == "PONG\r\n");
  const auto line = connect("s1", "eyJ", "c2ln");
  REQUIRE(line.starts_with("CONNECT {"));
  const auto options = parse_json(std::string_view(line).substr(8, line.size() - 10));
  REQUIRE(options.ok());
  CHECK(*options->find_string("jwt") == "eyJ");
  CHECK(*options->find_string("sig") == "c2ln");
  CHECK(*options->find("verbose")->boolean() == false);
  CHECK(*options->find("headers")->boolean());
}

TEST_CASE("it makes no difference in which pieces the bytes arrive") {
  const std::string stream =
      "INFO {} \r\nMSG a 1 r 5\r\nhello\r\nPING\r\nHMSG b 2 12 15\r\nNATS/1.0\r\n\r\n\r\n!\r\n+OK\r\n";
  std::string expected;
  for (const auto& frame : frames_of(stream))
    expected += show(frame);
  CHECK(rc::check("pieces", [&] {
    Reader reader;
    std::string seen;
    std::string_view rest = stream;
    while (!rest.empty()) {
      const auto piece = rest.substr(0, *rc::gen::inRange<std::size_t>(1, 20));
      rest.remove_prefix(piece.size());
      const auto read = reader.feed(piece);
      RC_ASSERT(read.ok());
      for (const auto& frame : *read)
        seen += show(frame);
    }
    RC_ASSERT(seen == expected);
  }));
}

TEST_CASE("any payload is delivered whole") {
  CHECK(rc::check("payload", [](const std::string& payload) {
    const auto bytes = "MSG a 1 " + std::to_string(payload.size()) + "\r\n" + payload + "\r\n";
    RC_ASSERT(message_of(bytes).payload == payload);
    RC_ASSERT(frames_of(bytes.substr(0, bytes.size() - 1)).empty());
  }));
}

}  // namespace x1::wire::nats
