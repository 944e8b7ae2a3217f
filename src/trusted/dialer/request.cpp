#include "dialer/request.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "base/encoding.hpp"

namespace x1::dialer {
namespace {

// Strip, then set: nobody but this file says who asks, of whom, and how the answer is packed.
constexpr std::array<std::string_view, 9> ours{"authorization",  "host", "accept-encoding",   "connection", "cookie",
                                               "content-length", "te",   "transfer-encoding", "expect"};

bool is_ours(std::string_view name) noexcept {
  return std::ranges::find(ours, name) != ours.end() || name.starts_with("proxy-");
}

void append(crypto::Secret& out, std::size_t& at, std::string_view text) {
  std::ranges::copy(base::as_bytes(text), out.fill().subspan(at).begin());
  at += text.size();
}

void wipe(std::string& text) noexcept { sodium_memzero(text.data(), text.size()); }

// base64 of "user:password"; the copies on the way are wiped (see io/wipe).
std::string basic(const Credential& credential) {
  std::string pair = credential.user;
  pair.append(":").append(base::as_text(credential.password.expose()));
  auto encoded = base::base64_encode(base::as_bytes(pair));
  wipe(pair);
  return encoded;
}

}  // namespace

std::string host_header(const wire::Origin& origin) {
  const bool v6 = origin.host.find(':') != std::string::npos;
  auto host = v6 ? "[" + origin.host + "]" : origin.host;
  const bool implied = origin.port == (origin.scheme == wire::Scheme::https ? 443 : 80);
  return implied ? host : host + ":" + std::to_string(origin.port);
}

base::Result<crypto::Secret> request_bytes(const wire::PlannedRequest& planned, const Credential& credential,
                                           bool keep_alive) {
  wire::HttpRequest request{.method = planned.method,
                            .target = planned.target,
                            .headers = planned.headers,
                            .body = planned.body,
                            .keep_alive = keep_alive};
  std::erase_if(request.headers, [](const wire::Header& header) { return is_ours(header.name); });
  request.headers.push_back({"accept-encoding", "identity"});
  const auto bytes = wire::serialise(request, host_header(planned.origin));

  // The one line with the secret goes in after the start line, straight into locked memory.
  const std::string_view all = bytes;
  const auto start_line = all.substr(0, all.find("\r\n") + 2);
  constexpr std::string_view name = "authorization: Basic ";
  auto secret = basic(credential);
  auto out = crypto::Secret::of_size(bytes.size() + name.size() + secret.size() + 2);
  if (out.ok()) {
    std::size_t at = 0;
    for (const auto part :
         {start_line, name, std::string_view(secret), std::string_view("\r\n"), all.substr(start_line.size())})
      append(*out, at, part);
  }
  wipe(secret);
  return out;
}

}  // namespace x1::dialer
