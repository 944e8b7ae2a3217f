// Server: the listening sockets that edge was handed, the connections on them, and the one seam to the API.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <map>
#include <memory>

#include "edge/connection.hpp"
#include "edge/front.hpp"
#include "net/seam_channel.hpp"
#include "os/fd.hpp"

namespace x1::edge {

struct ServerLimits {
  std::size_t connections = 256;
  std::size_t per_peer = 128;  // of one user on the Unix socket, or of TCP
};

class Server final : public Host {
 public:
  // Both sockets already listen. `site.port` is the TCP socket's.
  Server(boost::asio::io_context& context, os::Fd api, os::Fd tcp, os::Fd local, Site site, Deadlines deadlines,
         ServerLimits limits);
  // Runs until the API is gone: then the context is stopped, and the reason is in `why_stopped`.
  void start();
  [[nodiscard]] const base::Error& why_stopped() const noexcept { return why_stopped_; }

  std::uint64_t ask(seam::edge::Request request, const std::shared_ptr<Connection>& from) override;
  void more(std::uint64_t id) override;
  void gone(std::uint64_t id) override;
  void closed(Connection& connection) override;

 private:
  void accept_tcp();
  void accept_local();
  void admit(Connection::Socket socket, Client client);
  void took(std::string_view frame);
  void stop(const base::Error& why);
  [[nodiscard]] std::shared_ptr<Connection> waiting_for(std::uint64_t id);

  boost::asio::io_context& context_;
  net::SeamChannel api_;
  boost::asio::ip::tcp::acceptor tcp_;
  boost::asio::local::stream_protocol::acceptor local_;
  boost::asio::steady_timer pause_;
  Site site_;
  Deadlines deadlines_;
  ServerLimits limits_;
  std::map<Connection*, std::shared_ptr<Connection>> connections_;
  std::map<std::uint64_t, std::weak_ptr<Connection>> waiting_;
  std::uint64_t last_id_ = 0;
  base::Error why_stopped_;
};

// The port that a listening TCP socket is bound to.
[[nodiscard]] base::Result<std::uint16_t> port_of(int socket);

}  // namespace x1::edge
