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

 private:
  static constexpr auto outcome = asio::as_tuple(asio::use_awaitable);
  using Stream = asio::ssl::stream<asio::ip::tcp::socket>;

  // Shared with the connections under way, which may end after the server does.
  struct State : std::enable_shared_from_this<State> {
    State(asio::io_context& context, Answer answer, std::size_t piece)
        : acceptor(context, {asio::ip::address_v4::loopback(), 0}), answer(std::move(answer)), piece(piece) {}

    static asio::awaitable<void> accept(std::shared_ptr<State> self) {
      while (true) {
        auto [error, socket] = co_await self->acceptor.async_accept(outcome);
        if (error) co_return;
        ++self->connections;
        const auto executor = self->acceptor.get_executor();
        asio::co_spawn(executor, serve(self, std::move(socket)), asio::detached);
      }
    }

    static asio::awaitable<void> serve(std::shared_ptr<State> self, asio::ip::tcp::socket socket) {
      socket.set_option(asio::ip::tcp::no_delay(true));
      Stream stream(std::move(socket), self->tls);
      const auto [failed] = co_await stream.async_handshake(asio::ssl::stream_base::server, outcome);
      if (failed) co_return;
      // Then until the client hangs up: an answer must be whole by its framing alone.
      for (int left = self->requests_each; left > 0; --left) {
        const bool answered = co_await one(*self, stream);
        if (!answered) co_return;
      }
    }

    static asio::awaitable<bool> one(State& self, Stream& stream) {
      std::string request;
      std::string buffer(4096, '\0');
      while (request.find("\r\n\r\n") == request.npos) {
        const auto into = asio::buffer(buffer);
        const auto [error, got] = co_await stream.async_read_some(into, outcome);
        if (error) co_return false;
        request.append(buffer, 0, got);
      }
      self.last_request = request;
      ++self.requests;
      const auto answer = self.answer(request);
      for (std::size_t at = 0; at < answer.size(); at += self.piece) {
        const auto part = answer.substr(at, self.piece);
        const auto bytes = asio::buffer(part);
        const auto [error, sent] = co_await asio::async_write(stream, bytes, outcome);
        if (error) co_return false;
      }
      co_return true;
    }

    asio::ip::tcp::acceptor acceptor;
    asio::ssl::context tls{asio::ssl::context::tls_server};
    Answer answer;
    std::size_t piece;
    int requests_each = 1000;
    int connections = 0;
    int requests = 0;
    std::string last_request;
  };
  std::shared_ptr<State> state_;

 public:
  TlsServer(asio::io_context& context, const Identity& identity, Answer answer, std::size_t piece = 1 << 20)
      : state_(std::make_shared<State>(context, std::move(answer), piece)),
        connections(state_->connections),
        requests(state_->requests),
        requests_each(state_->requests_each),
        last_request(state_->last_request) {
    state_->tls.use_certificate_chain(asio::buffer(identity.pem()));
    state_->tls.use_private_key(asio::buffer(identity.key_pem()), asio::ssl::context::pem);
    asio::co_spawn(context, State::accept(state_), asio::detached);
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  ~TlsServer() { state_->acceptor.close(); }

  [[nodiscard]] std::uint16_t port() const { return state_->acceptor.local_endpoint().port(); }
  int& connections;
  int& requests;
  int& requests_each;  // after so many it hangs up
  std::string& last_request;
};

}  // namespace x1::dialer::testing
