// One client's connection: bytes in, whole requests out, answers back, one at a time. It knows nothing of MCP. It holds
// the two rules that need the socket: a request belongs to the turn that was open at its first byte, and a client that
// is too slow, or hangs up, is noticed.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "wire/http.hpp"

namespace x1::gate {

using Instant = std::chrono::steady_clock::time_point;

class Connection;

// What a connection asks of its owner.
class Requests {
 public:
  Requests() = default;
  Requests(const Requests&) = delete;
  Requests& operator=(const Requests&) = delete;
  virtual ~Requests() = default;
  // The turn that is open now; 0: none.
  [[nodiscard]] virtual std::uint64_t open_turn() const = 0;
  // A whole request. The owner answers it now or later, exactly once.
  virtual void on_request(const std::shared_ptr<Connection>& connection, wire::HttpRequest request) = 0;
  // The connection has ended, whoever ended it. Called once.
  virtual void on_gone(const Connection& connection) = 0;
};

class Connection : public std::enable_shared_from_this<Connection> {  // shared with its operations in flight
 public:
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

  static constexpr std::chrono::seconds request_deadline{30};  // from the first byte to the last
  static constexpr std::chrono::seconds write_deadline{30};    // for what is queued to be taken
  static constexpr std::chrono::seconds ending_deadline{2};    // for the client to close after the last answer
  static constexpr std::size_t max_queued_bytes = 8 << 20;

  // `owner` must outlive the connection, or cut it first.
  Connection(Socket socket, Requests& owner);

  void start() { read(); }

  // The turn that the request being answered belongs to.
  [[nodiscard]] std::uint64_t turn() const noexcept { return turn_; }
  [[nodiscard]] bool idle() const noexcept { return phase_ == Phase::reading && !begun_; }
  [[nodiscard]] bool open() const noexcept { return open_; }
  // What the client has not taken yet, beside what the kernel holds.
  [[nodiscard]] std::size_t queued_bytes() const noexcept { return queued_.size() + writing_.size(); }

  // The whole answer: a serialised response. With `keep_alive` the next request is read after it.
  void reply(std::string bytes, bool keep_alive);
  // An answer in pieces: the head, any number of pieces, and the end.
  void begin_stream(std::string head);
  void push(std::string bytes);
  void end_stream(std::string last, bool keep_alive) { reply(std::move(last), keep_alive); }

  // Ends the connection at once.
  void cut();
  // Notes that whatever has arrived and is not read yet came in `turn`. When that is more than one read takes, the
  // connection gets no further: how much of it still waits at the other end is not to be seen from here.
  void note_arrivals(std::uint64_t turn);
  // Cuts the connection when it has missed its deadline.
  void check_deadline(Instant now);

 private:
  enum class Phase { reading, working, ending };

  void read();
  void read_what_came();
  void on_read(std::size_t got);
  void take(std::string_view bytes);
  void refuse(const base::Error& why);
  void write();
  void on_written();
  void next_request();
  void finish();

  Socket socket_;
  Requests& owner_;
  wire::HttpRequestReader reader_;
  std::array<char, 16 * 1024> buffer_;
  std::string held_;  // bytes of the next request that came while this one is being answered
  std::string queued_;
  std::string writing_;
  std::optional<Instant> deadline_;
  std::optional<std::uint64_t> arrived_in_;  // the turn of bytes that the kernel holds
  std::uint64_t turn_ = 0;
  std::uint64_t held_turn_ = 0;
  Phase phase_ = Phase::reading;
  bool more_arrived_ = false;
  bool begun_ = false;  // the first byte of a request has come
  bool read_armed_ = false;
  bool last_ = false;  // the answer is whole once what is queued is written
  bool keep_alive_ = true;
  bool open_ = true;
};

}  // namespace x1::gate
