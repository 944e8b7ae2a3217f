// Stream: one connection to a server, plain or with TLS, that a deadline can close from outside.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "dialer/trust.hpp"
#include "policy/address.hpp"

namespace x1::dialer {

class Stream {
 public:
  template <class T>
  using Async = boost::asio::awaitable<T>;

  explicit Stream(boost::asio::io_context& context) : socket_(context) {}

  // A connection to exactly this address. Fails with unavailable.
  Async<base::Status> connect(policy::Endpoint endpoint);
  // TLS with verification of the chain and of `host`, a name or an IP address. Fails with tls_failed.
  Async<base::Status> secure(Trust::Context trust, std::string host);
  // `bytes` must outlive the operation. Fails with upstream_error.
  Async<base::Status> write(base::BytesView bytes);
  // How many bytes came; 0: the server ended cleanly. A TLS stream that is cut off is an error.
  Async<base::Result<std::size_t>> read(std::span<char> into);

  // Whether nothing has come that nobody asked for, and the server is still there: a connection that may be used again.
  // Blocks for nothing.
  [[nodiscard]] bool quiet();

  // At once, without a farewell: what waits fails. May be called at any time.
  void close();

 private:
  boost::asio::ip::tcp::socket socket_;
  Trust::Context trust_;
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
};

}  // namespace x1::dialer
