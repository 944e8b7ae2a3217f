#include "dialer/endpoints.hpp"

#include <algorithm>

namespace x1::dialer {

using base::Code;

base::Result<std::vector<policy::Endpoint>> allowed_endpoints(const std::vector<std::string>& addresses,
                                                              const Credential& credential) {
  if (addresses.empty()) {
    return base::Error{Code::unavailable, "The server's name has no address.", "check the name, and the network"};
  }
  const bool plain = credential.origin.scheme == wire::Scheme::http;
  std::vector<policy::Endpoint> allowed;
  std::optional<base::Error> refusal;
  for (const auto& text : addresses) {
    const auto address = policy::parse_address(text);
    if (!address.ok()) continue;
    const policy::Endpoint endpoint{.address = *address, .port = credential.origin.port};
    const auto checked = policy::check_endpoint(endpoint, credential.confirmed);
    const bool confirmed = std::ranges::find(credential.confirmed, endpoint) != credential.confirmed.end();
    if (!checked.ok()) {
      refusal = checked.error();
    } else if (plain && !confirmed) {
      refusal = base::Error{Code::address_refused, "Without TLS only an endpoint that the owner confirmed is dialled.",
                            "connect to the server by https"};
    } else if (allowed.size() < max_tried_endpoints) {
      allowed.push_back(endpoint);
    }
  }
  if (!allowed.empty()) return allowed;
  if (refusal) return *refusal;
  return base::Error{Code::unavailable, "The server's name has no address that can be read.", ""};
}

std::string to_string(const policy::Endpoint& endpoint) {
  const auto address = policy::to_string(endpoint.address);
  const auto host = endpoint.address.is_v4() ? address : "[" + address + "]";
  return host + ":" + std::to_string(endpoint.port);
}

}  // namespace x1::dialer
