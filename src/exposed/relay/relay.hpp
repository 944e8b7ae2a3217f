// Relay: the one wire out of a provider's box. It accepts connections on a socket that was made inside the box and
// copies bytes to and from the bus. It reads nothing of what it carries and holds no key: who the provider is, the bus
// learns from the provider's own credential.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <vector>

#include "log/log.hpp"
#include "os/fd.hpp"

namespace x1::relay {

class Link;

class Relay {
 public:
  static constexpr std::size_t max_links = 4;
  static constexpr std::size_t buffer_bytes = 32 * 1024;  // for each direction of a link

  // `listener` is a listening TCP socket. The io_context and the log must outlive the relay.
  Relay(boost::asio::io_context& context, os::Fd listener, boost::asio::ip::tcp::endpoint bus, const log::Log& log);
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;
  ~Relay();

  void start() { accept(); }
  [[nodiscard]] std::size_t links() const noexcept { return links_.size(); }

 private:
  void accept();
  void begin(boost::asio::ip::tcp::socket inside);

  boost::asio::io_context& context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::ip::tcp::endpoint bus_;
  const log::Log& log_;
  std::vector<std::shared_ptr<Link>> links_;  // shared with their operations in flight
};

}  // namespace x1::relay
