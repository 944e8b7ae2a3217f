#include "launch/control_server.hpp"

#include <poll.h>
#include <unistd.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <set>

#include "os/socket.hpp"

namespace x1::launch {

namespace asio = boost::asio;
using Protocol = asio::local::stream_protocol;

struct ControlServer::State : std::enable_shared_from_this<State> {
  State(asio::io_context& context, Answer callback) : listener(context), answer(std::move(callback)) {}
  void accept();
  Protocol::acceptor listener;
  Answer answer;
  std::set<std::shared_ptr<Connection>> connections;
};

struct ControlServer::Connection : std::enable_shared_from_this<Connection> {
  Connection(std::weak_ptr<State> owner, Protocol::socket peer) : server(std::move(owner)), socket(std::move(peer)) {}

  void wait() {
    socket.async_wait(asio::socket_base::wait_read, [self = shared_from_this()](boost::system::error_code error) {
      if (error || !self->read()) self->close();
    });
  }

  // False: the connection is over. One question at a time: the next is read after the answer has gone.
  bool read() {
    // The loop may wake us for a descriptor that had our place before.
    pollfd readable{socket.native_handle(), POLLIN, 0};
    if (::poll(&readable, 1, 0) == 0) {
      wait();
      return true;
    }
    auto received = os::receive_with_fd(socket.native_handle(), max_read_bytes);
    if (!received.ok() || received->bytes.empty()) return false;
    if (received->fd) fd = std::move(received->fd);
    auto frames = framer.feed(received->bytes);
    if (!frames.ok() || frames->size() > 1) return false;
    if (frames->empty()) {
      wait();
      return true;
    }
    auto question = seam::decode_frame<control::ToSupervisor>(frames->front());
    const auto owner = server.lock();
    if (!question.ok() || !owner || !owner->answer) return false;
    owner->answer(std::move(*question), std::exchange(fd, std::nullopt),
                  [self = weak_from_this()](const control::FromSupervisor& reply) {
                    if (const auto connection = self.lock()) connection->write(seam::encode_frame(reply));
                  });
    return true;
  }

  void write(std::string frame) {
    out = std::move(frame);
    asio::async_write(socket, asio::buffer(out),
                      [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                        if (error) return self->close();
                        self->wait();
                      });
  }

  void close() {
    boost::system::error_code ignored;
    socket.close(ignored);
    if (const auto owner = server.lock()) owner->connections.erase(shared_from_this());
  }

  static constexpr std::size_t max_read_bytes = 64 * 1024;
  std::weak_ptr<State> server;
  Protocol::socket socket;
  seam::Framer framer;
  std::optional<os::Fd> fd;
  std::string out;
};

void ControlServer::State::accept() {
  listener.async_accept([self = shared_from_this()](boost::system::error_code error, Protocol::socket socket) {
    if (!self->listener.is_open()) return;
    if (!error) {
      const auto peer = os::peer_of(socket.native_handle());
      const bool ours = peer.ok() && peer->uid == ::geteuid();
      if (ours && self->connections.size() < max_connections) {
        const auto connection = std::make_shared<Connection>(self->weak_from_this(), std::move(socket));
        self->connections.insert(connection);
        connection->wait();
      }
    }
    self->accept();
  });
}

ControlServer::ControlServer(asio::io_context& context, os::Fd listener, Answer answer)
    : state_(std::make_shared<State>(context, std::move(answer))) {
  state_->listener.assign(Protocol(), listener.release());
  state_->accept();
}

ControlServer::~ControlServer() {
  state_->answer = nullptr;
  boost::system::error_code ignored;
  state_->listener.close(ignored);
  for (const auto& connection : std::exchange(state_->connections, {}))
    connection->socket.close(ignored);
}

}  // namespace x1::launch
