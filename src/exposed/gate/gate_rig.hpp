// A gate on a loopback port of its own, with the test as its broker and its clients. Included by tests only.
#pragma once

#include <doctest/doctest.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <deque>
#include <optional>
#include <string>

#include "gate/gate.hpp"
#include "os/socket.hpp"
#include "os/system_clock.hpp"

namespace x1::gate::testing {

namespace asio = boost::asio;
using asio::ip::tcp;

inline std::string request(std::string_view method, std::string_view target, std::string_view body = {},
                           std::string_view headers = {}) {
  std::string out;
  out.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost:PORT\r\n").append(headers);
  if (!body.empty()) out.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  return out.append("\r\n").append(body);
}

inline std::string mcp_post(std::string_view body, std::string_view session = {}) {
  std::string headers =
      "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
      "MCP-Protocol-Version: 2025-11-25\r\n";
  if (!session.empty()) headers.append("Mcp-Session-Id: ").append(session).append("\r\n");
  return request("POST", "/mcp", body, headers);
}

inline std::string call_body(int id, std::string_view tool) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":"tools/call","params":{"name":")" +
         std::string(tool) + "\"}}";
}

class Rig {
 public:
  Rig() : Rig(os::socket_pair()) {}

  tcp::socket connect() {
    tcp::socket socket(context);
    socket.connect(endpoint);
    socket.non_blocking(true);
    return socket;
  }

  // "PORT" in the text stands for the gate's own.
  void send(tcp::socket& socket, std::string text) {
    if (const auto at = text.find("PORT"); at != text.npos) text.replace(at, 4, std::to_string(endpoint.port()));
    socket.non_blocking(false);
    asio::write(socket, asio::buffer(text));
    socket.non_blocking(true);
  }

  // Runs the gate until `done`, which must become true.
  template <class Condition>
  void until(Condition done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done()) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      context.run_one_for(std::chrono::milliseconds(5));
    }
  }

  // What the client receives until it ends with or contains `mark`.
  std::string receive(tcp::socket& socket, std::string_view mark) {
    std::string got;
    until([&] {
      read_some(socket, got);
      return got.find(mark) != got.npos;
    });
    return got;
  }
  // Whether the gate closes the connection.
  bool closes(tcp::socket& socket) {
    std::string got;
    until([&] { return !read_some(socket, got); });
    return true;
  }
  std::string ask(tcp::socket& socket, std::string text, std::string_view mark) {
    send(socket, std::move(text));
    return receive(socket, mark);
  }

  std::string begin_session(tcp::socket& socket) {
    const auto answer = ask(
        socket, mcp_post(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25"}})"),
        "}}");
    const std::string name = "mcp-session-id: ";
    const auto at = answer.find(name);
    REQUIRE(at != answer.npos);
    return answer.substr(at + name.size(), 32);
  }

  void say(seam::gate::ToGate message) { REQUIRE(broker->send(seam::encode_frame(message)).ok()); }

  template <class Kind>
  Kind heard() {
    until([&] { return !messages.empty(); });
    auto message = std::move(messages.front());
    messages.pop_front();
    REQUIRE(std::holds_alternative<Kind>(message));
    return std::get<Kind>(std::move(message));
  }

  // Everything that the broker has said is known to the gate once it has answered this.
  void settle() {
    say(seam::gate::ParseProvider{.parse = 77, .bytes = R"({"result":{}})"});
    heard<seam::gate::ProviderResult>();
  }

  // As settle, but what was heard before is kept.
  void settle_any() {
    say(seam::gate::ParseProvider{.parse = 78, .bytes = R"({"result":{}})"});
    until([&] { return !messages.empty() && std::holds_alternative<seam::gate::ProviderResult>(messages.back()); });
  }

  void broker_gone() { broker.reset(); }

  asio::io_context context{1};
  os::SystemClock clock;
  log::Log log{"gate-test", clock};
  tcp::endpoint endpoint;
  bool ended = false;
  std::deque<seam::gate::ToBroker> messages;
  std::optional<net::SeamChannel> broker;
  std::optional<Gate> gate;

 private:
  explicit Rig(base::Result<std::pair<os::Fd, os::Fd>> ends) {
    broker.emplace(context, std::move(ends.value().first));
    tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    endpoint = acceptor.local_endpoint();
    gate.emplace(context, os::Fd(acceptor.release()), std::move(ends.value().second), log, [this] { ended = true; });
    gate->start();
    broker->start(
        [this](std::string_view frame) {
          auto message = seam::decode_frame<seam::gate::ToBroker>(frame);
          REQUIRE(message.ok());
          messages.push_back(std::move(*message));
        },
        [](const base::Error&) {});
    say(seam::gate::Tools{wire::Value(wire::Value::Array{wire::Value(wire::Value::Object{{"name", "ask_user"}})})});
    settle();
  }

  static bool read_some(tcp::socket& socket, std::string& got) {
    std::array<char, 4096> buffer{};
    boost::system::error_code error;
    const auto size = socket.read_some(asio::buffer(buffer), error);
    got.append(buffer.data(), size);
    return !error || error == asio::error::would_block;
  }
};

}  // namespace x1::gate::testing
