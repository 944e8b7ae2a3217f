#include "launch/health.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <memory>

#include "launch/wires.hpp"

namespace x1::launch {

namespace asio = boost::asio;

namespace {

constexpr std::string_view health_request =
    "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
constexpr std::string_view good_answer = "HTTP/1.1 200";

struct Probe : std::enable_shared_from_this<Probe> {
  Probe(asio::io_context& context, std::shared_ptr<Latch> outcome) : socket(context), latch(std::move(outcome)) {}

  void ask() {
    asio::async_write(socket, asio::buffer(health_request),
                      [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                        if (error) return self->fail();
                        self->read();
                      });
  }
  void read() {
    socket.async_read_some(asio::buffer(buffer),
                           [self = shared_from_this()](boost::system::error_code error, std::size_t got) {
                             if (error) return self->fail();
                             self->head.append(std::string_view(self->buffer.data(), got));
                             if (self->head.size() < good_answer.size()) return self->read();
                             if (!self->head.starts_with(good_answer)) return self->fail();
                             self->latch->set(std::string());
                           });
  }
  void fail() {
    latch->set(base::Error{base::Code::unavailable, "The API did not say that it is well: " + head.substr(0, 64) + ".",
                           "look into log/x1-api.log and log/x1-edge.log of the state folder"});
  }

  asio::local::stream_protocol::socket socket;
  std::shared_ptr<Latch> latch;  // whoever waits may have gone
  std::string head;
  std::array<char, 1024> buffer{};
};

}  // namespace

base::Status ask_health(asio::io_context& context, const std::string& folder, std::shared_ptr<Latch> latch) {
  X1_TRY(connected, connect_local(folder, "api.sock"));
  const auto probe = std::make_shared<Probe>(context, std::move(latch));
  probe->socket.assign(asio::local::stream_protocol(), connected.release());
  probe->ask();
  return base::Done{};
}

}  // namespace x1::launch
