// What the gate says unasked: to whom, in which turn, and how much of it is kept for a client that does not read.
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "gate/gate_rig.hpp"

using namespace x1;
using namespace x1::gate::testing;
using namespace x1::seam::gate;
using wire::Value;

namespace {

struct Room : Rig {
  // An MCP session of a client with that capability.
  std::string begin(std::string_view capabilities = "{}") {
    auto client = connect();
    const auto answer = ask(client,
                            mcp_post(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":)"
                                     R"("2025-11-25","capabilities":)" +
                                     std::string(capabilities) + "}}"),
                            "}}");
    const std::string name = "mcp-session-id: ";
    const auto at = answer.find(name);
    REQUIRE(at != answer.npos);
    return answer.substr(at + name.size(), 32);
  }
  std::string listen(tcp::socket& socket, const std::string& session, std::string_view mark = "\r\n\r\n") {
    return ask(socket, request("GET", "/mcp", {}, "Accept: text/event-stream\r\nMcp-Session-Id: " + session + "\r\n"),
               mark);
  }
  // All that the client is sent up to something new.
  std::string up_to_now(tcp::socket& socket) {
    say(PersonDecided{"last", "denied"});
    return receive(socket, "\"last\"");
  }
};

// Whether the gate, which does not run meanwhile, has closed it.
bool has_ended(tcp::socket& stream) {
  stream.non_blocking(false);
  const timeval patience{.tv_sec = 5, .tv_usec = 0};
  REQUIRE(::setsockopt(stream.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0);
  std::vector<char> buffer(1 << 20);
  ssize_t got = 1;
  while (got > 0)
    got = ::recv(stream.native_handle(), buffer.data(), buffer.size(), 0);
  return got == 0;
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("a client that listens is told of a decision; one that may elicit is told that one waits, too") {
  Room room;
  room.say(TurnOpened{3, "hello"});
  room.settle();
  const auto plain = room.begin();
  const auto asking = room.begin(R"({"elicitation":{}})");
  auto first = room.connect();
  auto second = room.connect();
  CHECK(holds(room.listen(first, plain), "content-type: text/event-stream"));
  room.listen(second, asking);
  room.say(PersonAsked{"c1", "Read the calendar"});
  const auto waits = room.receive(second, "\n\n");
  CHECK(holds(waits, R"("method":"elicitation/create")"));
  CHECK(holds(waits, "permission: Read the calendar. Only they"));
  room.say(PersonDecided{"c1", "granted"});
  const auto decided = room.receive(first, "\n\n");
  CHECK(holds(decided, R"("data":{"status":"granted","ticket":"c1"})"));
  CHECK_FALSE(holds(decided, "elicitation"));
  CHECK(holds(room.receive(second, "notifications/cancelled"), R"("status":"granted")"));
}

TEST_CASE("E2: what a client answers to an announcement reaches the broker in no form") {
  Room room;
  room.say(TurnOpened{3, "hello"});
  room.settle();
  const auto session = room.begin(R"({"elicitation":{}})");
  auto stream = room.connect();
  room.listen(stream, session);
  room.say(PersonAsked{"c1", "Read the calendar"});
  room.receive(stream, "\n\n");
  auto client = room.connect();
  for (const auto* answer :
       {R"("result":{"action":"accept","content":{"answer":"session"}})", R"("result":{"action":"decline"})",
        R"("result":{"action":"cancel"})", R"("result":7)", R"("error":{"code":1,"message":"granted"})"}) {
    const auto said = room.ask(
        client, mcp_post(std::string(R"({"jsonrpc":"2.0","id":"x1-c1",)") + answer + "}", session), "\r\n\r\n");
    CHECK(holds(said, "HTTP/1.1 202"));
  }
  room.settle();
  CHECK(room.messages.empty());
}

TEST_CASE("E1: a stream ends with its turn, and one from before a turn with its beginning") {
  Room room;
  const auto session = room.begin();
  auto early = room.connect();
  room.listen(early, session);
  room.say(TurnOpened{3, "hello"});
  CHECK(room.closes(early));
  auto stream = room.connect();
  room.listen(stream, session);
  room.say(TurnClosed{3});
  CHECK(room.closes(stream));
  auto next = room.connect();
  room.say(TurnOpened{4, "again"});
  room.settle();
  room.listen(next, session);
  CHECK_FALSE(holds(room.up_to_now(next), "c1"));
}

TEST_CASE("only a client with a session listens, and each session once") {
  Room room;
  auto none = room.connect();
  CHECK(holds(room.listen(none, "", "}"), " 400 "));
  auto wrong = room.connect();
  CHECK(holds(room.listen(wrong, "0123", "}"), " 404 "));
  const auto session = room.begin();
  auto first = room.connect();
  room.listen(first, session);
  auto second = room.connect();
  room.listen(second, session);
  CHECK(room.closes(first));
  auto client = room.connect();
  room.ask(client, request("DELETE", "/mcp", "", "Mcp-Session-Id: " + session + "\r\n"), "\r\n\r\n");
  CHECK(room.closes(second));
}

TEST_CASE("a ninth listener is refused") {
  Room room;
  std::vector<tcp::socket> listeners;
  for (std::size_t i = 0; i < gate::Gate::max_listeners; ++i) {
    listeners.push_back(room.connect());
    room.listen(listeners.back(), room.begin());
  }
  auto ninth = room.connect();
  CHECK(holds(room.listen(ninth, room.begin(), "}"), " 429 "));
}

TEST_CASE("a client says which messages it wants, and gets no others") {
  Room room;
  const auto session = room.begin(R"({"elicitation":{}})");
  auto client = room.connect();
  CHECK(holds(
      room.ask(client,
               mcp_post(R"({"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"error"}})", session),
               R"("result":{}})"),
      " 200 "));
  auto stream = room.connect();
  room.listen(stream, session);
  room.say(PersonDecided{"c1", "granted"});
  CHECK_FALSE(holds(room.receive(stream, "notifications/cancelled"), "notifications/message"));
}

TEST_CASE("a client that listens and does not read is cut off, and holds no memory of ours") {
  Room room;
  const auto session = room.begin(R"({"elicitation":{}})");
  auto stream = room.connect();
  room.listen(stream, session);
  const std::string title(16'000, 'x');
  // More than the kernel takes on both sides (tcp_wmem is 4 MiB), and less than with a connection that is answered.
  for (int i = 0; i < 7'000'000 / 16'000; ++i) {
    room.say(PersonAsked{"c" + std::to_string(i), title});
    room.settle();
  }
  CHECK(has_ended(stream));
}
