#include "dialer/stream.hpp"

#include <openssl/x509v3.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace x1::dialer {

namespace asio = boost::asio;
using base::Code;
using base::Error;

namespace {

constexpr auto outcome = asio::as_tuple(asio::use_awaitable);

asio::ip::tcp::endpoint native(const policy::Endpoint& endpoint) {
  if (!endpoint.address.is_v4()) return {asio::ip::address_v6(endpoint.address.bytes), endpoint.port};
  asio::ip::address_v4::bytes_type bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes.at(i) = endpoint.address.bytes.at(12 + i);
  return {asio::ip::address_v4(bytes), endpoint.port};
}

// The name is given to the server only when it is one (RFC 6066, section 3), and checked in any case.
bool expect_host(SSL* tls, const std::string& host) {
  if (policy::parse_address(host).ok()) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), host.c_str()) == 1;
  SSL_set_hostflags(tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(tls, host.c_str()) == 1 && SSL_set_tlsext_host_name(tls, host.c_str()) == 1;
}

}  // namespace

asio::awaitable<base::Status> Stream::connect(policy::Endpoint endpoint) {
  boost::system::error_code ignored;
  socket_.close(ignored);
  const auto to = native(endpoint);
  const auto [error] = co_await socket_.async_connect(to, outcome);
  if (error) co_return Error{Code::unavailable, "The server could not be reached: " + error.message() + ".", ""};
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  co_return base::Done{};
}

asio::awaitable<base::Status> Stream::secure(Trust::Context trust, std::string host) {
  trust_ = std::move(trust);
  tls_.emplace(socket_, *trust_);
  SSL* const native_tls = tls_->native_handle();
  if (!expect_host(native_tls, host)) co_return Error{Code::tls_failed, "The server's name can't be verified.", ""};
  const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::client, outcome);
  const auto verified = SSL_get_verify_result(native_tls);
  if (error && verified != X509_V_OK) {
    co_return Error{
        Code::tls_failed,
        "The server's certificate is not valid: " + std::string(X509_verify_cert_error_string(verified)) + ".",
        "check the server, or connect again with its own authority"};
  }
  if (error) co_return Error{Code::tls_failed, "No TLS connection could be made: " + error.message() + ".", ""};
  if (verified != X509_V_OK) co_return Error{Code::tls_failed, "The server's certificate is not valid.", ""};
  co_return base::Done{};
}

asio::awaitable<base::Status> Stream::write(base::BytesView bytes) {
  const auto buffer = asio::buffer(bytes.data(), bytes.size());
  boost::system::error_code error;
  if (tls_) {
    std::tie(error, std::ignore) = co_await asio::async_write(*tls_, buffer, outcome);
  } else {
    std::tie(error, std::ignore) = co_await asio::async_write(socket_, buffer, outcome);
  }
  if (error) co_return Error{Code::upstream_error, "The request could not be sent whole: " + error.message() + ".", ""};
  co_return base::Done{};
}

asio::awaitable<base::Result<std::size_t>> Stream::read(std::span<char> into) {
  const auto buffer = asio::buffer(into.data(), into.size());
  boost::system::error_code error;
  std::size_t got = 0;
  if (tls_) {
    std::tie(error, got) = co_await tls_->async_read_some(buffer, outcome);
  } else {
    std::tie(error, got) = co_await socket_.async_read_some(buffer, outcome);
  }
  if (error == asio::error::eof) co_return std::size_t{0};
  if (error) co_return Error{Code::upstream_error, "The answer could not be read: " + error.message() + ".", ""};
  co_return got;
}

// A read that has nothing to give. It goes through TLS, whose buffers may hold bytes that the socket no longer shows.
bool Stream::quiet() {
  boost::system::error_code error;
  socket_.non_blocking(true, error);
  if (error) return false;
  std::array<char, 1> byte{};
  const auto buffer = asio::buffer(byte);
  if (tls_) {
    tls_->read_some(buffer, error);
  } else {
    socket_.read_some(buffer, error);
  }
  return error == asio::error::would_block;
}

void Stream::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace x1::dialer
