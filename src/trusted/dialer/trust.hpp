// Trust: which certificates a TLS server is verified by. Either the system's anchors, read as text before the process
// is sealed and parsed when first needed, or the one anchor that a connection brings with it; never both.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "base/result.hpp"

namespace x1::dialer {

class Trust {
 public:
  using Context = std::shared_ptr<boost::asio::ssl::context>;  // shared with the connections made under it

  static constexpr const char* system_anchors = "/etc/ssl/certs/ca-certificates.crt";
  static constexpr std::size_t max_anchor_bytes = 4 << 20;

  // `anchors` is PEM text; empty: no server is trusted but by an anchor of its connection's own.
  explicit Trust(std::string anchors) : anchors_(std::move(anchors)) {}

  // A context for clients: TLS 1.2 or newer, verification always on, no compression, no renegotiation, no session kept.
  // `ca` is PEM text, or empty for the system's. Fails with tls_failed when it holds no certificate.
  [[nodiscard]] base::Result<Context> context_for(const std::string& ca);

 private:
  std::string anchors_;
  std::deque<std::pair<std::string, Context>> made_;  // by `ca`; the newest few
};

// Once, before anything else of OpenSSL: no configuration file, engine or module is ever loaded.
void start_openssl_without_configuration();

}  // namespace x1::dialer
