#include "gate/gate.hpp"

#include <doctest/doctest.h>

#include "gate/gate_rig.hpp"

using namespace x1;
using namespace x1::gate::testing;
using namespace x1::seam::gate;
using wire::Value;

TEST_CASE("a client initialises, lists the tools and calls one") {
  Rig rig;
  rig.say(TurnOpened{3, "hello"});
  rig.settle();
  auto client = rig.connect();
  const auto session = rig.begin_session(client);
  const auto tools = rig.ask(client, mcp_post(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})", session), "}}");
  CHECK(tools.find(R"({"tools":[{"name":"ask_user"}]})") != tools.npos);

  rig.send(client, mcp_post(call_body(2, "ask_user"), session));
  const auto call = rig.heard<AgentCall>();
  CHECK(call.turn == 3);
  CHECK(call.tool == "ask_user");
  CHECK(call.arguments == Value(Value::Object{}));
  rig.say(CallResult{call.call, Value(Value::Object{{"answer", "yes"}})});
  const auto answer = rig.receive(client, "}}");
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(answer.find(R"("structuredContent":{"answer":"yes"})") != answer.npos);
}

TEST_CASE("an error of a call is a tool result that says it") {
  Rig rig;
  auto client = rig.connect();
  const auto session = rig.begin_session(client);
  rig.send(client, mcp_post(call_body(2, "t"), session));
  const auto call = rig.heard<AgentCall>();
  CHECK(call.turn == 0);
  rig.say(CallError{call.call, base::Code::no_active_turn, "No turn is open.", "wait", Value()});
  const auto answer = rig.receive(client, "}}");
  CHECK(answer.find(R"("isError":true)") != answer.npos);
  CHECK(answer.find(R"("code":"no_active_turn")") != answer.npos);
}

TEST_CASE("a client that hangs up on a call is reported, once") {
  Rig rig;
  auto client = rig.connect();
  const auto session = rig.begin_session(client);
  rig.send(client, mcp_post(call_body(2, "t"), session));
  const auto call = rig.heard<AgentCall>();
  client.close();
  CHECK(rig.heard<AgentGone>().call == call.call);
  rig.say(CallResult{call.call, Value(1)});
  rig.settle();
}

TEST_CASE("a cancelled call is reported and its HTTP exchange ends") {
  Rig rig;
  auto client = rig.connect();
  const auto session = rig.begin_session(client);
  rig.send(client, mcp_post(call_body(5, "t"), session));
  const auto call = rig.heard<AgentCall>();
  auto other = rig.connect();
  const auto noted = rig.ask(
      other, mcp_post(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}})", session),
      "\r\n\r\n");
  CHECK(noted.starts_with("HTTP/1.1 202"));
  CHECK(rig.heard<AgentGone>().call == call.call);
  CHECK(rig.receive(client, "}}").find("cancelled") != std::string::npos);
}

TEST_CASE("a session can't cancel another session's call") {
  Rig rig;
  auto client = rig.connect();
  const auto session = rig.begin_session(client);
  auto other = rig.connect();
  const auto other_session = rig.begin_session(other);
  rig.send(client, mcp_post(call_body(5, "t"), session));
  rig.heard<AgentCall>();
  rig.ask(other,
          mcp_post(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}})", other_session),
          "202");
  rig.settle();
  CHECK(rig.messages.empty());
}

TEST_CASE("the end of a turn cuts every connection, those that wait to be accepted too") {
  Rig rig;
  rig.say(TurnOpened{1, "m"});
  rig.settle();
  auto idle = rig.connect();
  const auto session = rig.begin_session(idle);
  auto calling = rig.connect();
  rig.send(calling, mcp_post(call_body(1, "t"), session));
  const auto call = rig.heard<AgentCall>();
  auto waiting = rig.connect();
  rig.send(waiting, mcp_post(call_body(2, "late"), session));
  rig.say(TurnClosed{1});
  rig.say(TurnOpened{2, "n"});
  CHECK(rig.closes(idle));
  CHECK(rig.closes(calling));
  // Its bytes were sent in turn 1: they are dropped, or they came before the close was known and are of turn 1.
  CHECK(rig.closes(waiting));
  rig.settle_any();
  for (const auto& message : rig.messages) {
    if (const auto* late = std::get_if<AgentCall>(&message)) CHECK(late->turn == 1);
  }
  CHECK(call.turn == 1);
}

TEST_CASE("a request whose first byte came outside the turn stays outside, however late its last byte comes") {
  Rig rig;
  auto client = rig.connect();
  const auto session = rig.begin_session(client);
  const auto text = mcp_post(call_body(1, "t"), session);
  rig.send(client, text.substr(0, 60));
  rig.say(TurnOpened{4, "m"});
  rig.settle();
  rig.send(client, text.substr(60));
  CHECK(rig.heard<AgentCall>().turn == 0);
}

TEST_CASE("a request that had arrived when the turn opened, and is read after, stays outside") {
  Rig rig;
  auto client = rig.connect();
  const auto session = rig.begin_session(client);
  // The gate hears of the turn first (its socket became ready first), but the bytes are in the kernel by then.
  rig.say(TurnOpened{4, "m"});
  rig.send(client, mcp_post(call_body(1, "t"), session));
  CHECK(rig.heard<AgentCall>().turn == 0);
  // What is sent from now on is the turn's.
  rig.send(client, mcp_post(call_body(2, "t"), session));
  rig.say(CallResult{1, Value(1)});
  CHECK(rig.heard<AgentCall>().turn == 4);
}

TEST_CASE("E1: of more connections than there is room for, none that waited when the turn opened is the turn's") {
  Rig rig;
  std::string session;
  {
    auto client = rig.connect();
    session = rig.begin_session(client);
  }
  rig.say(TurnOpened{4, "m"});
  std::vector<tcp::socket> waiting;
  for (int i = 0; i < 200; ++i) {
    waiting.push_back(rig.connect());
    rig.send(waiting.back(), mcp_post(call_body(i, "early"), session));
  }
  waiting.clear();
  const auto count = [&rig](const auto& is_one) { return std::ranges::count_if(rig.messages, is_one); };
  const auto is_early = [](const auto& each) {
    const auto* call = std::get_if<AgentCall>(&each);
    return call != nullptr && call->tool == "early";
  };
  rig.until([&] {
    const auto gone = count([](const auto& each) { return std::holds_alternative<AgentGone>(each); });
    return gone > 0 && gone == count(is_early);
  });
  // It has waited for less long than all of them: when it is heard, so were they.
  auto last = rig.connect();
  rig.send(last, mcp_post(call_body(1, "last"), session));
  rig.until([&] {
    return !rig.messages.empty() && std::ranges::any_of(rig.messages, [](const auto& each) {
      const auto* call = std::get_if<AgentCall>(&each);
      return call != nullptr && call->tool == "last" && call->turn == 4;
    });
  });
  for (const auto& message : rig.messages) {
    if (is_early(message)) CHECK(std::get<AgentCall>(message).turn == 0);
  }
}

TEST_CASE("E1: requests that filled more than one read when the turn opened stay outside, to the last") {
  constexpr std::size_t one_read = std::size_t{16} * 1024;
  Rig rig;
  auto client = rig.connect();
  const auto session = rig.begin_session(client);
  rig.say(TurnOpened{4, "m"});
  // The first request ends where the first read does.
  const auto padded = [&](std::size_t pad) {
    auto body = call_body(1, "early");
    body.insert(body.size() - 2, R"(,"arguments":{"pad":")" + std::string(pad, 'x') + "\"}");
    return mcp_post(body, session);
  };
  const auto port_digits = std::to_string(rig.endpoint.port()).size() - std::string_view("PORT").size();
  const auto first = padded(one_read - padded(10'000).size() - port_digits + 10'000);
  REQUIRE(first.size() + port_digits == one_read);
  rig.send(client, first + mcp_post(call_body(2, "early"), session));
  CHECK(rig.heard<AgentCall>().turn == 0);
  rig.say(CallResult{1, Value(1)});
  CHECK(rig.closes(client));
  rig.settle();
}

TEST_CASE("a new gate counts its calls on from where the one before ended") {
  Rig rig;
  rig.say(seam::gate::Tools{Value(Value::Array{}), 41});
  auto client = rig.connect();
  const auto session = rig.begin_session(client);
  rig.send(client, mcp_post(call_body(1, "t"), session));
  CHECK(rig.heard<AgentCall>().call == 42);
}

TEST_CASE("the adapter follows the turns, and says what was written and that it is done") {
  Rig rig;
  auto follower = rig.connect();
  rig.ask(follower, request("GET", "/turns"), "\r\n\r\n");
  rig.say(TurnOpened{1, "do it"});
  CHECK(rig.receive(follower, "\n\n").find(R"(data: {"message":"do it","turn":1})") != std::string::npos);
  auto late = rig.connect();
  CHECK(rig.ask(late, request("GET", "/turns"), "do it").find("turn.opened") != std::string::npos);

  auto client = rig.connect();
  const std::string json = "Content-Type: application/json\r\n";
  CHECK(rig.ask(client, request("POST", "/turns/1/output", R"({"text":"hi"})", json), "\r\n\r\n").find(" 202 ") !=
        std::string::npos);
  CHECK(rig.heard<AgentOutput>().text == "hi");
  CHECK(rig.ask(client, request("POST", "/turns/2/done", R"({"outcome":"completed"})", json), "}").find(" 409 ") !=
        std::string::npos);
  rig.ask(client, request("POST", "/turns/1/done", R"({"outcome":"completed"})", json), "\r\n\r\n");
  CHECK(rig.heard<AgentDone>().outcome == "completed");
  rig.say(TurnClosed{1});
  CHECK(rig.receive(follower, "\n\n").find("turn.closed") != std::string::npos);
  CHECK(rig.closes(client));
}

TEST_CASE("a fifth follower is refused") {
  Rig rig;
  std::vector<tcp::socket> followers;
  for (int i = 0; i < 4; ++i) {
    followers.push_back(rig.connect());
    rig.ask(followers.back(), request("GET", "/turns"), "\r\n\r\n");
  }
  auto fifth = rig.connect();
  CHECK(rig.ask(fifth, request("GET", "/turns"), "}").find(" 429 ") != std::string::npos);
}

TEST_CASE("sessions are asked for by name, ended by DELETE, and unknown ones are 404") {
  Rig rig;
  auto client = rig.connect();
  const std::string ping = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";
  CHECK(rig.ask(client, mcp_post(ping), "}}").find(" 400 ") != std::string::npos);
  CHECK(rig.ask(client, mcp_post(ping, "0123"), "}}").find(" 404 ") != std::string::npos);
  const auto session = rig.begin_session(client);
  CHECK(rig.ask(client, mcp_post(ping, session), R"("result":{}})").find(" 200 ") != std::string::npos);
  const auto ended = request("DELETE", "/mcp", "", "Mcp-Session-Id: " + session + "\r\n");
  CHECK(rig.ask(client, ended, "\r\n\r\n").find(" 204 ") != std::string::npos);
  CHECK(rig.ask(client, mcp_post(ping, session), "}}").find(" 404 ") != std::string::npos);
}

TEST_CASE("an unknown method and a batch are answered as JSON-RPC errors") {
  Rig rig;
  auto client = rig.connect();
  const auto session = rig.begin_session(client);
  CHECK(rig.ask(client, mcp_post(R"({"jsonrpc":"2.0","id":1,"method":"x/y"})", session), "}}").find("-32601") !=
        std::string::npos);
  CHECK(rig.ask(client, mcp_post("[]", session), "}}").find("-32600") != std::string::npos);
}

TEST_CASE("a malformed request ends its own connection and nobody else's") {
  Rig rig;
  auto good = rig.connect();
  const auto session = rig.begin_session(good);
  for (const auto* bad :
       {"GET / HTTP/1.1\nHost: x\n\n", "\x16\x03\x01", "GET / HTTP/1.1\r\nHost: localhost:PORT\r\nHost: b\r\n\r\n",
        "POST /mcp HTTP/1.1\r\nHost: localhost:PORT\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST /mcp HTTP/1.1\r\nHost: localhost:PORT\r\nContent-Length: 99999999\r\n\r\n"}) {
    auto client = rig.connect();
    rig.send(client, std::string(bad) + "\r\n\r\n");
    CHECK(rig.closes(client));
  }
  CHECK(rig.ask(good, mcp_post(R"({"jsonrpc":"2.0","id":1,"method":"ping"})", session), "}}").find(" 200 ") !=
        std::string::npos);
}

TEST_CASE("more clients than there is room for are turned away while all are busy, idle ones give way") {
  Rig rig;
  std::vector<tcp::socket> clients;
  clients.push_back(rig.connect());
  const auto session = rig.begin_session(clients.front());
  for (std::size_t i = 0; i < gate::Gate::max_connections; ++i) {
    clients.push_back(rig.connect());
    rig.send(clients.back(), mcp_post(call_body(static_cast<int>(i), "t"), session));
    rig.heard<AgentCall>();
  }
  // The first, idle one had to give way to the last.
  CHECK(rig.closes(clients.front()));
  auto refused = rig.connect();
  CHECK(rig.closes(refused));
}

TEST_CASE("requests that come together are answered in their order") {
  Rig rig;
  auto client = rig.connect();
  const auto session = rig.begin_session(client);
  std::string both = mcp_post(R"({"jsonrpc":"2.0","id":"first","method":"ping"})", session);
  both.replace(both.find("PORT"), 4, std::to_string(rig.endpoint.port()));
  rig.send(client, both + mcp_post(R"({"jsonrpc":"2.0","id":"second","method":"ping"})", session));
  std::string got = rig.receive(client, "second");
  if (got.find("first") != got.npos) CHECK(got.find("first") < got.find("second"));
}

TEST_CASE("the gate ends when the broker does") {
  Rig rig;
  rig.broker_gone();
  rig.until([&] { return rig.ended; });
}
