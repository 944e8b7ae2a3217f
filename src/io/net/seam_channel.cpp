#include "net/seam_channel.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <memory>

namespace x1::net {

namespace asio = boost::asio;

struct SeamChannel::State : std::enable_shared_from_this<State> {
  explicit State(asio::io_context& context) : socket(context) {}

  void read() {
    socket.async_read_some(
        asio::buffer(buffer), [self = shared_from_this()](boost::system::error_code error, std::size_t got) {
          if (error)
            return self->close(base::Error{base::Code::unavailable, "The other side of the seam is gone.", ""});
          self->took(std::string_view(self->buffer.data(), got));
        });
  }

  void took(std::string_view bytes) {
    auto frames = framer.feed(bytes);
    if (!frames.ok()) return close(frames.error());
    for (const auto& frame : *frames) {
      if (!open) return;
      on_frame(frame);
    }
    if (open) read();
  }

  // Everything that is queued goes out in one write: under load, many frames cost one system call.
  void write() {
    writing = std::exchange(queued, {});
    queued_bytes = 0;
    std::vector<asio::const_buffer> parts;
    parts.reserve(writing.size());
    for (const auto& frame : writing)
      parts.emplace_back(asio::buffer(frame));
    asio::async_write(socket, parts, [self = shared_from_this()](boost::system::error_code error, std::size_t) {
      self->writing.clear();
      if (error) return self->close(base::Error{base::Code::unavailable, "The other side of the seam is gone.", ""});
      if (self->open && !self->queued.empty()) self->write();
    });
  }

  void close(const base::Error& why) {
    if (!open) return;
    open = false;
    boost::system::error_code ignored;
    socket.close(ignored);
    if (on_closed) on_closed(why);
  }

  asio::local::stream_protocol::socket socket;
  std::array<char, 64 * 1024> buffer{};
  seam::Framer framer;
  std::vector<std::string> queued;
  std::vector<std::string> writing;
  std::size_t queued_bytes = 0;
  bool open = true;
  OnFrame on_frame;
  OnClosed on_closed;
};

SeamChannel::SeamChannel(asio::io_context& context, os::Fd socket) : state_(std::make_shared<State>(context)) {
  state_->socket.assign(asio::local::stream_protocol(), socket.release());
}

SeamChannel::~SeamChannel() {
  state_->on_frame = nullptr;
  state_->on_closed = nullptr;
  state_->close(base::Error{});
}

void SeamChannel::start(OnFrame on_frame, OnClosed on_closed) {
  state_->on_frame = std::move(on_frame);
  state_->on_closed = std::move(on_closed);
  state_->read();
}

base::Status SeamChannel::send(std::string frame) {
  if (!state_->open) return base::Error{base::Code::unavailable, "The other side of the seam is gone.", ""};
  if (state_->queued_bytes + frame.size() > max_queued_bytes) {
    return base::Error{base::Code::too_many, "The other side of the seam does not keep up.", ""};
  }
  state_->queued_bytes += frame.size();
  state_->queued.push_back(std::move(frame));
  if (state_->writing.empty()) state_->write();
  return base::Done{};
}

}  // namespace x1::net
