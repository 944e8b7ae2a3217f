// A TLS server on a loopback port, with certificates of an authority of its own. Included by tests only.
#pragma once

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <memory>
#include <string>

namespace x1::dialer::testing {

namespace asio = boost::asio;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

inline std::string pem_text(const std::function<void(BIO*)>& write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  write(bio.get());
  std::string text(static_cast<std::size_t>(BIO_pending(bio.get())), '\0');
  BIO_read(bio.get(), text.data(), static_cast<int>(text.size()));
  return text;
}

// Signed by `issuer`, or by itself when there is none.
struct Identity {
  Key key{EVP_EC_gen("P-256"), EVP_PKEY_free};
  Certificate certificate{X509_new(), X509_free};

  Identity(const std::string& name, const std::string& alternative, const Identity* issuer, long valid_seconds = 3600) {
    X509* const x509 = certificate.get();
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), issuer == nullptr ? 1 : 2);
    X509_gmtime_adj(X509_getm_notBefore(x509), -7200);
    X509_gmtime_adj(X509_getm_notAfter(x509), valid_seconds);
    X509_set_pubkey(x509, key.get());
    auto* subject = X509_get_subject_name(x509);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1,
                               -1, 0);
    const X509* by = issuer == nullptr ? x509 : issuer->certificate.get();
    X509_set_issuer_name(x509, X509_get_subject_name(by));
    extend(NID_basic_constraints, issuer == nullptr ? "critical,CA:TRUE" : "CA:FALSE");
    if (!alternative.empty()) extend(NID_subject_alt_name, alternative);
    X509_sign(x509, issuer == nullptr ? key.get() : issuer->key.get(), EVP_sha256());
  }

  [[nodiscard]] std::string pem() const {
    return pem_text([&](BIO* bio) { PEM_write_bio_X509(bio, certificate.get()); });
  }
  [[nodiscard]] std::string key_pem() const {
    return pem_text([&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  }

 private:
  void extend(int kind, const std::string& value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    X509_add_ext(certificate.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
};

class TlsServer {
 public:
  // The bytes to answer a request with; nothing: never answer.
  using Answer = std::function<std::string(const std::string& request)>;

  TlsServer(asio::io_context& context, const Identity& identity, Answer answer, std::size_t piece = 1 << 20)
      : acceptor_(context, {asio::ip::address_v4::loopback(), 0}), answer_(std::move(answer)), piece_(piece) {
    tls_.use_certificate_chain(asio::buffer(identity.pem()));
    tls_.use_private_key(asio::buffer(identity.key_pem()), asio::ssl::context::pem);
    asio::co_spawn(context, accept(), asio::detached);
  }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  int connections = 0;
  std::string last_request;

 private:
  static constexpr auto outcome = asio::as_tuple(asio::use_awaitable);

  asio::awaitable<void> accept() {
    while (true) {
      auto [error, socket] = co_await acceptor_.async_accept(outcome);
      if (error) co_return;
      ++connections;
      co_await serve(std::move(socket));
    }
  }

  asio::awaitable<void> serve(asio::ip::tcp::socket socket) {
    socket.set_option(asio::ip::tcp::no_delay(true));
    asio::ssl::stream<asio::ip::tcp::socket> stream(std::move(socket), tls_);
    const auto [failed] = co_await stream.async_handshake(asio::ssl::stream_base::server, outcome);
    if (failed) co_return;
    std::string request;
    std::string buffer(4096, '\0');
    while (request.find("\r\n\r\n") == request.npos) {
      const auto into = asio::buffer(buffer);
      const auto [error, got] = co_await stream.async_read_some(into, outcome);
      if (error) co_return;
      request.append(buffer, 0, got);
    }
    last_request = request;
    const auto answer = answer_(request);
    for (std::size_t at = 0; at < answer.size(); at += piece_) {
      const auto part = answer.substr(at, piece_);
      const auto bytes = asio::buffer(part);
      const auto [error, sent] = co_await asio::async_write(stream, bytes, outcome);
      if (error) co_return;
    }
    // Until the client hangs up: an answer must be whole by its framing alone.
    const auto into = asio::buffer(buffer);
    (void)co_await stream.async_read_some(into, outcome);
  }

  asio::ip::tcp::acceptor acceptor_;
  asio::ssl::context tls_{asio::ssl::context::tls_server};
  Answer answer_;
  std::size_t piece_;
};

}  // namespace x1::dialer::testing
