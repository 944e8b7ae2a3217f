// Which of a name's addresses may be dialled. Pure. Checked at the dial, on the very addresses that are then connected
// to: what a name resolved to before, or will resolve to later, does not count (DNS rebinding).
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "dialer/credential.hpp"
#include "policy/address.hpp"

namespace x1::dialer {

inline constexpr std::size_t max_tried_endpoints = 4;

// The allowed ones, in their order, at most four. Fails with address_refused when there is none that may be dialled,
// unavailable when there is none at all. Without TLS only an endpoint that the owner confirmed is allowed.
[[nodiscard]] base::Result<std::vector<policy::Endpoint>> allowed_endpoints(const std::vector<std::string>& addresses,
                                                                            const Credential& credential);

// "192.0.2.1:443", "[2001:db8::1]:443"
[[nodiscard]] std::string to_string(const policy::Endpoint& endpoint);

}  // namespace x1::dialer
