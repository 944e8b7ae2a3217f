#include "relay/link.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

namespace x1::relay {

namespace asio = boost::asio;
using Failure = boost::system::error_code;

Link::Link(Socket inside, Socket outside, OnEnd on_end)
    : inside_(std::move(inside)), outside_(std::move(outside)), on_end_(std::move(on_end)) {}

void Link::start(const asio::ip::tcp::endpoint& bus) {
  outside_.async_connect(bus, [self = shared_from_this()](Failure failure) {
    if (failure) return self->fail();
    Failure ignored;
    self->inside_.set_option(asio::ip::tcp::no_delay(true), ignored);
    self->outside_.set_option(asio::ip::tcp::no_delay(true), ignored);
    self->carry(self->inside_, self->outside_, self->out_);
    self->carry(self->outside_, self->inside_, self->in_);
  });
}

// Nothing is read while the last bytes are not taken: a slow side slows the other, and no byte is held beyond a buffer.
void Link::carry(Socket& from, Socket& to, Way& way) {
  from.async_read_some(
      asio::buffer(way.buffer), [self = shared_from_this(), &from, &to, &way](Failure failure, std::size_t got) {
        if (failure == asio::error::eof) return self->close_way(to, way);
        if (failure) return self->fail();
        asio::async_write(to, asio::buffer(way.buffer, got), [self, &from, &to, &way](Failure unwritten, std::size_t) {
          if (unwritten) return self->fail();
          self->carry(from, to, way);
        });
      });
}

void Link::close_way(Socket& to, Way& way) {
  way.open = false;
  Failure ignored;
  to.shutdown(Socket::shutdown_send, ignored);
  if (!out_.open && !in_.open) fail();
}

void Link::fail() {
  const auto tell = std::exchange(on_end_, nullptr);
  end();
  if (tell) tell(*this);
}

void Link::end() {
  on_end_ = nullptr;
  Failure ignored;
  inside_.close(ignored);
  outside_.close(ignored);
}

}  // namespace x1::relay
