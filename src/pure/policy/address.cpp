#include "policy/address.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace x1::policy {
namespace {

using base::Code;
using base::Error;
using Bytes16 = std::array<std::uint8_t, 16>;

constexpr std::array<std::uint8_t, 12> v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// A block of addresses: the first `bits` bits of `bytes`.
struct Block {
  Bytes16 bytes;
  unsigned bits;
};

constexpr Block v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d, unsigned bits) {
  return {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}, 96 + bits};
}
constexpr Block v6(std::uint16_t a, std::uint16_t b, std::uint16_t c, unsigned bits) {
  const auto high = [](std::uint16_t word) { return static_cast<std::uint8_t>(word >> 8U); };
  const auto low = [](std::uint16_t word) { return static_cast<std::uint8_t>(word & 0xffU); };
  return {{high(a), low(a), high(b), low(b), high(c), low(c), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, bits};
}

// IANA's special-purpose registry (RFC 6890 and its updates), and one address that a cloud keeps for itself.
constexpr std::array special_v4{
    v4(0, 0, 0, 0, 8),         // this network
    v4(10, 0, 0, 0, 8),        // private
    v4(100, 64, 0, 0, 10),     // shared (RFC 6598)
    v4(127, 0, 0, 0, 8),       // loopback
    v4(168, 63, 129, 16, 32),  // Azure's platform address: public in form, reachable from every machine there
    v4(169, 254, 0, 0, 16),    // link-local, metadata
    v4(172, 16, 0, 0, 12),     // private
    v4(192, 0, 0, 0, 24),      // protocol assignments
    v4(192, 0, 2, 0, 24),      // documentation
    v4(192, 88, 99, 0, 24),    // 6to4 relays
    v4(192, 168, 0, 0, 16),    // private
    v4(198, 18, 0, 0, 15),     // benchmarking
    v4(198, 51, 100, 0, 24),   // documentation
    v4(203, 0, 113, 0, 24),    // documentation
    v4(224, 0, 0, 0, 4),       // multicast
    v4(240, 0, 0, 0, 4),       // reserved, broadcast
};

// Of IPv6 only 2000::/3 is global unicast; these lie within and are something else.
constexpr Block global_v6 = v6(0x2000, 0, 0, 3);
constexpr std::array special_v6{
    v6(0x2001, 0, 0, 23),      // protocol assignments: Teredo, ORCHID, benchmarking
    v6(0x2001, 0xdb8, 0, 32),  // documentation
    v6(0x2002, 0, 0, 16),      // 6to4
    v6(0x3ffe, 0, 0, 16),      // 6bone, returned
    v6(0x3fff, 0, 0, 20),      // documentation
};

// What nobody can confirm.
constexpr std::array never{
    v4(0, 0, 0, 0, 8),   v4(169, 254, 0, 0, 16), v4(168, 63, 129, 16, 32), v4(224, 0, 0, 0, 4),
    v4(240, 0, 0, 0, 4), v6(0, 0, 0, 128),       v6(0xfe80, 0, 0, 10),     v6(0xff00, 0, 0, 8),
};

bool is_in(const Block& block, const Address& address) noexcept {
  for (unsigned bit = 0; bit < block.bits; ++bit) {
    const unsigned mask = 0x80U >> (bit % 8);
    if (((block.bytes.at(bit / 8) ^ address.bytes.at(bit / 8)) & mask) != 0) return false;
  }
  return true;
}

template <std::size_t n>
bool is_in_any(const std::array<Block, n>& blocks, const Address& address) noexcept {
  return std::ranges::any_of(blocks, [&](const Block& block) { return is_in(block, address); });
}

Error not_an_address() { return {Code::invalid_request, "The text is not an IP address in its plain form.", ""}; }

// One to `max_digits` digits of `base`, nothing else.
std::optional<unsigned> number(std::string_view text, unsigned base, std::size_t max_digits) noexcept {
  if (text.empty() || text.size() > max_digits) return std::nullopt;
  unsigned value = 0;
  for (const char c : text) {
    unsigned digit = base;
    if (c >= '0' && c <= '9') digit = static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') digit = static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') digit = static_cast<unsigned>(c - 'A' + 10);
    if (digit >= base) return std::nullopt;
    value = value * base + digit;
  }
  return value;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (auto at = text.find(separator); at != std::string_view::npos; at = text.find(separator)) {
    parts.push_back(text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  parts.push_back(text);
  return parts;
}

std::optional<std::array<std::uint8_t, 4>> v4_bytes(std::string_view text) {
  const auto parts = split(text, '.');
  if (parts.size() != 4) return std::nullopt;
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto value = number(parts[i], 10, 3);
    // A leading zero means octal to some readers.
    if (!value || *value > 255 || (parts[i].size() > 1 && parts[i].front() == '0')) return std::nullopt;
    bytes.at(i) = static_cast<std::uint8_t>(*value);
  }
  return bytes;
}

// The bytes of colon-separated groups; the last may be dotted decimal when `tail` says so.
std::optional<std::vector<std::uint8_t>> group_bytes(std::string_view text, bool tail) {
  std::vector<std::uint8_t> bytes;
  if (text.empty()) return bytes;
  const auto groups = split(text, ':');
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (tail && i + 1 == groups.size() && groups[i].find('.') != std::string_view::npos) {
      const auto quad = v4_bytes(groups[i]);
      if (!quad) return std::nullopt;
      bytes.insert(bytes.end(), quad->begin(), quad->end());
      continue;
    }
    const auto value = number(groups[i], 16, 4);
    if (!value) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(*value >> 8U));
    bytes.push_back(static_cast<std::uint8_t>(*value & 0xffU));
  }
  return bytes;
}

base::Result<Address> parse_v6(std::string_view text) {
  Address address;
  const auto gap = text.find("::");
  if (gap == std::string_view::npos) {
    const auto bytes = group_bytes(text, true);
    if (!bytes || bytes->size() != 16) return not_an_address();
    std::ranges::copy(*bytes, address.bytes.begin());
    return address;
  }
  const auto head = group_bytes(text.substr(0, gap), false);
  const auto tail = group_bytes(text.substr(gap + 2), true);
  // "::" stands for at least one group of zeros.
  if (!head || !tail || head->size() + tail->size() > 14) return not_an_address();
  std::ranges::copy(*head, address.bytes.begin());
  std::ranges::copy(*tail, std::span(address.bytes).last(tail->size()).begin());
  return address;
}

std::string v6_text(const Bytes16& bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i)
    groups.at(i) = bytes.at(2 * i) * 256U + bytes.at(2 * i + 1);
  // RFC 5952: the first of the longest runs of two or more zero groups is left out.
  std::size_t best = 8;
  std::size_t best_length = 1;
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t end = i;
    while (end < 8 && groups.at(end) == 0)
      ++end;
    if (end - i > best_length) {
      best = i;
      best_length = end - i;
    }
  }
  std::string text;
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == best) {
      text += "::";
      i += best_length - 1;
      continue;
    }
    if (!text.empty() && !text.ends_with(':')) text += ':';
    bool begun = false;
    for (unsigned shift = 16; shift > 0; shift -= 4) {
      const unsigned digit = (groups.at(i) >> (shift - 4)) & 0xfU;
      begun = begun || digit != 0 || shift == 4;
      if (begun) text += digits[digit];
    }
  }
  return text;
}

}  // namespace

bool Address::is_v4() const noexcept { return std::ranges::equal(v4_prefix, std::span(bytes).first<12>()); }

base::Result<Address> parse_address(std::string_view text) {
  if (text.size() > 45) return not_an_address();
  if (text.find(':') != std::string_view::npos) return parse_v6(text);
  const auto quad = v4_bytes(text);
  if (!quad) return not_an_address();
  Address address;
  std::ranges::copy(v4_prefix, address.bytes.begin());
  std::ranges::copy(*quad, std::span(address.bytes).last<4>().begin());
  return address;
}

std::string to_string(const Address& address) {
  if (!address.is_v4()) return v6_text(address.bytes);
  std::string text;
  for (std::size_t i = 12; i < 16; ++i) {
    if (!text.empty()) text += '.';
    text += std::to_string(address.bytes.at(i));
  }
  return text;
}

bool is_public(const Address& address) noexcept {
  if (address.is_v4()) return !is_in_any(special_v4, address);
  return is_in(global_v6, address) && !is_in_any(special_v6, address);
}

base::Status check_endpoint(const Endpoint& endpoint, std::span<const Endpoint> confirmed) {
  const auto name = to_string(endpoint.address) + " port " + std::to_string(endpoint.port);
  if (endpoint.port == 0 || is_in_any(never, endpoint.address)) {
    return Error{Code::address_refused, "The address " + name + " is never dialled.", "Use the server's own address."};
  }
  if (is_public(endpoint.address)) return base::Done{};
  if (std::ranges::find(confirmed, endpoint) != confirmed.end()) return base::Done{};
  return Error{Code::address_refused, "The address " + name + " is not public, and nobody confirmed it.",
               "Confirm this exact address and port when you make the connection."};
}

}  // namespace x1::policy
