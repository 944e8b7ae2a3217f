#include "edge/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "edge/answer.hpp"

namespace x1::edge {
namespace {

namespace asio = boost::asio;
using base::Code;
using base::Error;

constexpr wire::HttpLimits request_limits{.head_bytes = 16 * 1024, .headers = 64, .body_bytes = seam::max_request_body};
constexpr std::size_t max_early_bytes = 16 * 1024;
constexpr std::size_t max_lingering_bytes = 512 * 1024;

// What a reader says of bytes that are no request, as this interface words it.
Error unreadable(const Error& error) {
  if (error.code == Code::too_large) return error;
  return Error{Code::invalid_request, error.message, "send an HTTP/1.1 request"};
}

}  // namespace

Connection::Connection(Socket socket, Client client, const Site& site, const Deadlines& deadlines, Host& host)
    : socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      client_(client),
      site_(site),
      deadlines_(deadlines),
      host_(host),
      reader_(request_limits) {}

void Connection::start() {
  arm(deadlines_.idle);
  read();
}

void Connection::turn_away(const Error& why) {
  keep_alive_ = false;
  answer(refusal(why, false));
}

// One read is always under way, so that a client that hangs up is noticed while the API works for it.
void Connection::read() {
  if (reading_) return;
  reading_ = true;
  socket_.async_read_some(asio::buffer(buffer_),
                          [self = shared_from_this()](boost::system::error_code error, std::size_t got) {
                            self->reading_ = false;
                            if (self->phase_ == Phase::closed) return;
                            if (error) return self->close();
                            self->took(std::string_view(self->buffer_.data(), got));
                          });
}

void Connection::took(std::string_view bytes) {
  switch (phase_) {
    case Phase::reading: return advance(bytes);
    case Phase::asking:
    case Phase::answering:
      early_.append(bytes);
      if (early_.size() < max_early_bytes) read();
      return;
    case Phase::streaming: return close();  // nothing may follow the request for a stream
    case Phase::lingering: lingered_ += bytes.size(); return lingered_ > max_lingering_bytes ? close() : read();
    case Phase::closed: return;
  }
}

void Connection::advance(std::string_view bytes) {
  auto whole = reader_.feed(bytes);
  if (!whole.ok()) return refuse(unreadable(whole.error()));
  if (whole->has_value()) return handle(**whole);
  if (reader_.in_message() && !std::exchange(in_message_, true)) arm(deadlines_.message);
  read();
}

void Connection::handle(const wire::HttpRequest& http) {
  in_message_ = false;
  keep_alive_ = http.keep_alive;
  auto asked = read_request(http, client_, site_);
  if (!asked.ok()) return answer(refusal(asked.error(), keep_alive_));
  may_set_cookie_ = asked->on_own_name;
  phase_ = Phase::asking;
  arm(deadlines_.answer);
  asked_ = host_.ask(std::move(asked->request), shared_from_this());
  if (asked_ == 0) return refuse(Error{Code::unavailable, "The platform is busy or stopping.", "try again soon"});
  read();
}

void Connection::replied(const seam::edge::Reply& reply) {
  if (phase_ == Phase::streaming) return close();
  if (phase_ != Phase::asking) return;
  asked_ = 0;
  answer(edge::answer(reply, keep_alive_, may_set_cookie_));
}

void Connection::answer(std::string bytes) {
  phase_ = Phase::answering;
  arm(deadlines_.write);
  send(std::move(bytes));
}

void Connection::refuse(const Error& error) {
  if (asked_ != 0) host_.gone(std::exchange(asked_, 0));
  keep_alive_ = false;
  answer(refusal(error, false));
}

void Connection::stream_opened() {
  if (phase_ != Phase::asking) return;
  phase_ = Phase::streaming;
  owes_more_ = true;
  arm(deadlines_.heartbeat);
  send(stream_head());
}

void Connection::stream_event(const seam::edge::StreamEvent& event) {
  if (phase_ != Phase::streaming) return;
  owes_more_ = true;
  send(edge::stream_event(event));
}

void Connection::stream_ended() {
  if (phase_ == Phase::asking) return refuse(Error{Code::unavailable, "The stream could not be opened.", "try again"});
  if (phase_ != Phase::streaming) return;
  asked_ = 0;
  stream_over_ = true;
  send(stream_end());
}

void Connection::send(std::string bytes) {
  queued_.append(bytes);
  if (!writing_.empty()) return;
  writing_ = std::exchange(queued_, {});
  asio::async_write(socket_, asio::buffer(writing_),
                    [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                      if (self->phase_ == Phase::closed) return;
                      if (error) return self->close();
                      self->writing_.clear();
                      self->stalled_ = {};
                      self->wrote();
                    });
}

void Connection::wrote() {
  if (!queued_.empty()) return send({});
  if (phase_ == Phase::answering) return keep_alive_ ? next_request() : linger();
  if (phase_ != Phase::streaming) return;
  if (stream_over_) return linger();
  if (std::exchange(owes_more_, false)) host_.more(asked_);
}

// The reader may already hold a whole next request: it is asked even when no new byte has come.
void Connection::next_request() {
  phase_ = Phase::reading;
  arm(deadlines_.idle);
  advance(std::exchange(early_, {}));
}

// Closing at once would reset the connection under bytes that the client has sent and we have not read, and the
// client might never see the answer.
void Connection::linger() {
  phase_ = Phase::lingering;
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  arm(deadlines_.linger);
  read();
}

void Connection::close() {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  timer_.cancel();
  boost::system::error_code ignored;
  socket_.close(ignored);
  if (asked_ != 0) host_.gone(std::exchange(asked_, 0));
  host_.closed(*this);
}

void Connection::arm(std::chrono::milliseconds after) {
  timer_.expires_after(after);
  timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (!error && self->phase_ != Phase::closed && self->timer_.expiry() <= asio::steady_timer::clock_type::now()) {
      self->expired();
    }
  });
}

void Connection::expired() {
  switch (phase_) {
    case Phase::reading:
      if (!in_message_) return close();
      return refuse(Error{Code::too_slow, "The request did not come in time.", "send it faster"});
    case Phase::asking: return refuse(Error{Code::unavailable, "The platform did not answer in time.", "try again"});
    case Phase::streaming: return beat();
    case Phase::answering:
    case Phase::lingering: return close();
    case Phase::closed: return;
  }
}

void Connection::beat() {
  arm(deadlines_.heartbeat);
  if (writing_.empty()) return send(stream_heartbeat());
  stalled_ += deadlines_.heartbeat;
  if (stalled_ >= deadlines_.write) close();
}

}  // namespace x1::edge
