// The gate: listens inside the agent's box, turns what the agent says into calls for the broker, and what the broker
// says into answers. It decides nothing, holds nothing secret, and can open nothing.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gate/calls.hpp"
#include "gate/connection.hpp"
#include "gate/mcp.hpp"
#include "gate/route.hpp"
#include "gate/sessions.hpp"
#include "log/log.hpp"
#include "net/seam_channel.hpp"
#include "os/fd.hpp"
#include "seam/gate.hpp"

namespace x1::gate {

// A client that waits for what the gate says unasked (GET /mcp).
struct Listener {
  std::shared_ptr<Connection> connection;  // shared with the connection's own operations
  std::string session;
  Instant heard;  // when it was last told something
};

class Gate final : public Requests {
 public:
  static constexpr std::size_t max_connections = 64;
  static constexpr std::size_t max_followers = 4;
  static constexpr std::size_t max_listeners = 8;
  static constexpr std::size_t max_listener_bytes = 64 * 1024;  // queued for one that is slow

  // `listener` is a listening TCP socket, `broker` a connected Unix socket. `on_end` is called once, when the seam to
  // the broker ends: without a broker there is nothing to do. `context` and `log` must outlive the gate.
  Gate(boost::asio::io_context& context, os::Fd listener, os::Fd broker, const log::Log& log,
       std::function<void()> on_end);
  ~Gate() override;

  // Serves once the broker has said which tools there are.
  void start();

  [[nodiscard]] std::uint64_t open_turn() const override { return turn_; }
  void on_request(const std::shared_ptr<Connection>& connection, wire::HttpRequest request) override;
  void on_gone(const Connection& connection) override;

 private:
  using Shared = std::shared_ptr<Connection>;

  // gate_clients.cpp: connections come, wait and go
  void accept();
  void add(Connection::Socket socket);
  void accept_what_waits();
  void sweep();
  void show_life(HeldCall& call, Instant now);

  // gate.cpp: what the broker says
  void on_frame(std::string_view frame);
  void obey(seam::gate::Tools tools);
  void obey(const seam::gate::CallResult& result);
  void obey(const seam::gate::CallError& error);
  void obey(const seam::gate::ParseProvider& parse);
  void obey(seam::gate::TurnOpened opened);
  void obey(const seam::gate::TurnClosed& closed);
  void obey(const seam::gate::PersonAsked& asked);
  void obey(const seam::gate::PersonDecided& decided);
  void answer_call(std::uint64_t call, const std::function<std::string(const HeldCall&)>& text);
  void close_turn();
  void tell_followers(std::string_view event, const wire::Value& data);
  base::Status tell_broker(seam::gate::ToBroker message);

  // gate_listeners.cpp: what clients are told unasked
  void act(const Shared& connection, const McpListen& listen);
  void cut_listener(std::string_view session);
  void cut_listeners_of_other_turns();
  void keep_listeners(Instant now);
  void tell_listener(const Shared& connection, const std::string& event);

  // gate_requests.cpp: what clients ask
  void act(const Shared& connection, const Health& health);
  void act(const Shared& connection, const FollowTurns& follow);
  void act(const Shared& connection, TurnOutput output);
  void act(const Shared& connection, TurnDone done);
  void act(const Shared& connection, const McpEnd& end);
  void act(const Shared& connection, const Refused& refused);
  void act_mcp(const Shared& connection, const McpPost& post, std::string_view body);
  void hold(const Shared& connection, const McpPost& post, mcp::CallTool call);
  void cancel(const McpPost& post, const mcp::Cancelled& cancelled);
  void accept_for_turn(const Shared& connection, std::uint64_t turn, seam::gate::ToBroker message);

  boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, boost::asio::io_context::executor_type> acceptor_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                    boost::asio::io_context::executor_type>
      timer_;
  net::SeamChannel broker_;
  const log::Log& log_;
  std::function<void()> on_end_;
  Place place_;
  std::vector<Shared> connections_;
  std::vector<Shared> followers_;    // of the turns; also among connections_
  std::vector<Listener> listeners_;  // the same; at most one of each MCP session
  HeldCalls calls_;
  Sessions sessions_;
  std::string tools_;  // canonical JSON
  std::string message_;
  std::uint64_t turn_ = 0;
  std::uint64_t last_call_ = 0;
  bool serving_ = false;
  bool sweeping_ = false;
};

}  // namespace x1::gate
