#include "gate/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <exception>

#include "gate/answer.hpp"
#include "gate/mcp.hpp"

namespace x1::gate {

namespace asio = boost::asio;

namespace {

constexpr wire::HttpLimits limits{.head_bytes = 16 * 1024, .headers = 64, .body_bytes = mcp::max_message_bytes};

Instant now() { return std::chrono::steady_clock::now(); }

}  // namespace

Connection::Connection(Socket socket, Requests& owner) : socket_(std::move(socket)), owner_(owner), reader_(limits) {
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
}

// A wait stays armed while a request is worked on: that is how a hang-up is noticed. Bytes are taken only when they are
// looked at: read ahead, they would be out of the kernel's hands before a turn opens, and come to us after.
void Connection::read() {
  if (read_armed_ || !open_) return;
  read_armed_ = true;
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](boost::system::error_code error) {
    self->read_armed_ = false;
    if (!self->open_) return;
    if (error) return self->cut();
    // One of the three places that catch: a client's bytes end at most its own connection.
    try {
      self->read_what_came();
    } catch (const std::exception&) {
      self->cut();
    }
  });
}

void Connection::read_what_came() {
  boost::system::error_code error;
  const auto got = socket_.read_some(asio::buffer(buffer_), error);
  if (error == asio::error::would_block) return read();
  if (error) return cut();
  on_read(got);
}

void Connection::on_read(std::size_t got) {
  const auto turn =
      (more_arrived_ ? arrived_in_ : std::exchange(arrived_in_, std::nullopt)).value_or(owner_.open_turn());
  const std::string_view bytes(buffer_.data(), got);
  if (phase_ == Phase::ending) return read();
  if (phase_ == Phase::working) {
    // The next request, before the answer to this one: kept, and nothing more is read until then.
    held_.assign(bytes);
    held_turn_ = turn;
    return;
  }
  if (!begun_) {
    begun_ = true;
    turn_ = turn;
    deadline_ = now() + request_deadline;
  }
  take(bytes);
}

void Connection::take(std::string_view bytes) {
  auto request = reader_.feed(bytes);
  if (!request.ok()) return refuse(request.error());
  if (!request->has_value()) return read();
  phase_ = Phase::working;
  deadline_.reset();
  keep_alive_ = (*request)->keep_alive;
  owner_.on_request(shared_from_this(), std::move(**request));
  if (held_.empty()) read();
}

void Connection::refuse(const base::Error& why) {
  phase_ = Phase::working;
  reply(refusal({.status = why.code == base::Code::too_large ? 413 : 400, .why = why, .allow = {}}, false), false);
}

void Connection::reply(std::string bytes, bool keep_alive) {
  last_ = true;
  keep_alive_ = keep_alive_ && keep_alive && !more_arrived_;
  push(std::move(bytes));
}

void Connection::begin_stream(std::string head) { push(std::move(head)); }

void Connection::push(std::string bytes) {
  if (!open_) return;
  if (queued_.size() + bytes.size() > max_queued_bytes) return cut();
  if (queued_.empty()) {
    queued_ = std::move(bytes);
  } else {
    queued_ += bytes;
  }
  if (writing_.empty()) write();
}

void Connection::write() {
  writing_ = std::exchange(queued_, {});
  deadline_ = now() + write_deadline;
  asio::async_write(socket_, asio::buffer(writing_),
                    [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                      self->writing_.clear();
                      if (!self->open_) return;
                      if (error) return self->cut();
                      self->on_written();
                    });
}

void Connection::on_written() {
  deadline_.reset();
  if (!queued_.empty()) return write();
  if (!last_) return;
  last_ = false;
  if (!keep_alive_) return finish();
  try {
    next_request();
  } catch (const std::exception&) {
    cut();
  }
}

void Connection::next_request() {
  phase_ = Phase::reading;
  const auto bytes = std::exchange(held_, {});
  // What the reader kept came together with the request before, in its turn.
  const bool kept = reader_.in_message();
  begun_ = kept || !bytes.empty();
  if (!begun_) return read();
  if (!kept) turn_ = held_turn_;
  deadline_ = now() + request_deadline;
  take(bytes);
}

// Closing while bytes of the client are unread would reset the connection, and the answer with it.
void Connection::finish() {
  phase_ = Phase::ending;
  deadline_ = now() + ending_deadline;
  boost::system::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  held_.clear();
  read();
}

void Connection::cut() {
  if (!open_) return;
  open_ = false;
  boost::system::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
  owner_.on_gone(*this);
}

void Connection::note_arrivals(std::uint64_t turn) {
  boost::system::error_code error;
  const auto waiting = socket_.available(error);
  if (waiting == 0 && !error) return;
  if (!arrived_in_) arrived_in_ = turn;
  more_arrived_ = more_arrived_ || error || waiting > buffer_.size();
}

void Connection::check_deadline(Instant time) {
  if (deadline_ && time > *deadline_) cut();
}

}  // namespace x1::gate
