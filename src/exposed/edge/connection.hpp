// Connection: one client, one request at a time. Reads within limits and deadlines, hands each request to the server,
// writes the answer. Whoever is slow, malformed or too large is told so and cut off.
#pragma once

#include <array>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "edge/front.hpp"
#include "seam/edge.hpp"
#include "wire/http.hpp"

namespace x1::edge {

struct Deadlines {
  std::chrono::milliseconds idle{60'000};     // between requests
  std::chrono::milliseconds message{10'000};  // from a request's first byte to its last
  std::chrono::milliseconds answer{75'000};   // from a request to the API's reply
  std::chrono::milliseconds write{20'000};    // for the client to take what was written
  std::chrono::milliseconds heartbeat{15'000};
  std::chrono::milliseconds linger{1'000};  // after the last byte, for the client to read it
};

class Connection;
// What a connection asks of its server. The server outlives its connections.
class Host {
 public:
  Host() = default;
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  virtual ~Host() = default;
  // Hands the request on under the id that is returned; 0 when the API can't be reached.
  virtual std::uint64_t ask(seam::edge::Request request, const std::shared_ptr<Connection>& from) = 0;
  virtual void more(std::uint64_t id) = 0;  // the stream's client took all so far
  virtual void gone(std::uint64_t id) = 0;  // nobody waits for this id any more
  virtual void closed(Connection& connection) = 0;
};

class Connection : public std::enable_shared_from_this<Connection> {  // shared with its operations in flight
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;
  Connection(Socket socket, Client client, const Site& site, const Deadlines& deadlines, Host& host);

  void start();
  // Answers everybody with one sentence and closes: there is no room.
  void turn_away(const base::Error& why);

  // From the API, for the request that is being waited for.
  void replied(const seam::edge::Reply& reply);
  void stream_opened();
  void stream_event(const seam::edge::StreamEvent& event);
  void stream_ended();

  [[nodiscard]] const Client& client() const noexcept { return client_; }

 private:
  // reading a request · asking the API · answering · streaming events · lingering until the client has read the end
  enum class Phase { reading, asking, answering, streaming, lingering, closed };

  void read();
  void took(std::string_view bytes);
  void advance(std::string_view bytes);
  void handle(const wire::HttpRequest& http);
  void answer(std::string bytes);
  void refuse(const base::Error& error);
  void send(std::string bytes);
  void wrote();
  void next_request();
  void linger();
  void close();
  void arm(std::chrono::milliseconds after);
  void expired();
  void beat();

  Socket socket_;
  boost::asio::steady_timer timer_;
  Client client_;
  const Site& site_;
  const Deadlines& deadlines_;
  Host& host_;
  wire::HttpRequestReader reader_;
  std::array<char, 16 * 1024> buffer_{};
  std::string early_;   // bytes of a next request that came before the answer to this one
  std::string queued_;  // to be written
  std::string writing_;
  std::uint64_t asked_ = 0;              // the id that the API knows the present request by; 0: none
  std::chrono::milliseconds stalled_{};  // how long a stream's client has taken nothing
  std::size_t lingered_ = 0;
  bool reading_ = false;
  bool in_message_ = false;
  bool keep_alive_ = false;
  bool may_set_cookie_ = false;
  bool owes_more_ = false;  // everything written, the next batch of the stream may come
  bool stream_over_ = false;
  Phase phase_ = Phase::reading;
};

}  // namespace x1::edge
