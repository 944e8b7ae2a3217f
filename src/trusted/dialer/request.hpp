// The bytes that leave: the planned request, and what only the dialer adds (Host, credential, no compression).
#pragma once

#include "crypto/secret.hpp"
#include "dialer/credential.hpp"
#include "wire/canonical_request.hpp"

namespace x1::dialer {

// "host", "host:8443", "[::1]:8443": without the port that the scheme implies.
[[nodiscard]] std::string host_header(const wire::Origin& origin);

// The whole request with `authorization: Basic …`. What the plan holds of those names is replaced.
[[nodiscard]] base::Result<crypto::Secret> request_bytes(const wire::PlannedRequest& request,
                                                         const Credential& credential, bool keep_alive);

}  // namespace x1::dialer
