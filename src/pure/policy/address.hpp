// Which addresses a call may be dialled to. Everything that is not plainly public is refused, unless the owner of the
// connection confirmed that exact address and port.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"

namespace x1::policy {

struct Address {
  std::array<std::uint8_t, 16> bytes{};  // IPv4 as ::ffff:a.b.c.d
  [[nodiscard]] bool is_v4() const noexcept;
  auto operator<=>(const Address&) const = default;
};
// Dotted decimal with four parts, or RFC 4291 text without a zone; no octal, hex, short or integer forms.
[[nodiscard]] base::Result<Address> parse_address(std::string_view text);
[[nodiscard]] std::string to_string(const Address& address);

// Not loopback, private, link-local, shared, multicast, reserved, documentation, benchmarking, translated
// (NAT64, 6to4, Teredo, IPv4-compatible) nor unspecified.
[[nodiscard]] bool is_public(const Address& address) noexcept;

struct Endpoint {
  Address address;
  std::uint16_t port = 0;
  auto operator<=>(const Endpoint&) const = default;
};
// May this endpoint be dialled? Fails with address_refused. Confirming an address does not help where dialling it can
// only be a trick: unspecified, link-local (the metadata services of clouds), multicast, broadcast and reserved.
[[nodiscard]] base::Status check_endpoint(const Endpoint& endpoint, std::span<const Endpoint> confirmed);

}  // namespace x1::policy
