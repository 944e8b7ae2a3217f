#include "dialer/trust.hpp"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>

namespace x1::dialer {
namespace {

namespace ssl = boost::asio::ssl;

constexpr std::size_t most_contexts = 4;
constexpr int most_anchors = 1000;

struct Free {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};

// How many certificates were added.
int add_anchors(X509_STORE* store, const std::string& pem) {
  const std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  int added = 0;
  while (added < most_anchors) {
    const std::unique_ptr<X509, Free> certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!certificate) break;
    if (X509_STORE_add_cert(store, certificate.get()) == 1) ++added;
  }
  ERR_clear_error();
  return added;
}

Trust::Context new_context() {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX* const native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_security_level(native, 2);
  SSL_CTX_set_options(native,
                      SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_CLEANSE_PLAINTEXT);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  context->set_verify_mode(ssl::verify_peer);
  return context;
}

}  // namespace

void start_openssl_without_configuration() { OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr); }

base::Result<Trust::Context> Trust::context_for(const std::string& ca) {
  const auto known = std::ranges::find(made_, ca, &std::pair<std::string, Context>::first);
  if (known != made_.end()) return known->second;
  auto context = new_context();
  if (add_anchors(SSL_CTX_get_cert_store(context->native_handle()), ca.empty() ? anchors_ : ca) == 0) {
    return base::Error{base::Code::tls_failed, "There is no certificate to verify the server by.",
                       ca.empty() ? "install the package ca-certificates" : "give the server's own authority as PEM"};
  }
  if (made_.size() == most_contexts) made_.pop_front();
  made_.emplace_back(ca, context);
  return context;
}

}  // namespace x1::dialer
