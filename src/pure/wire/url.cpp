#include "wire/url.hpp"

#include <arpa/inet.h>
#include <algorithm>
#include <array>
#include <charconv>

#include "wire/ascii.hpp"
#include "wire/http_head.hpp"

namespace x1::wire {
namespace {

using base::Error;

constexpr std::size_t max_length = 8 * 1024;

Error bad_url(std::string_view why, std::string_view next = "") {
  return {base::Code::invalid_request, std::string(why), std::string(next)};
}

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// RFC 3986: pchar without percent-encoding.
bool is_path_char(char c) noexcept {
  constexpr std::string_view marks = "-._~!$&'()*+,;=:@";
  return is_letter(c) || is_digit(c) || marks.find(c) != std::string_view::npos;
}

base::Status check_ascii(std::string_view text) {
  if (text.size() > max_length) return Error{base::Code::too_large, "The URL is longer than 8 KiB.", ""};
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) > 0x7e; })) {
    return bad_url("The URL has characters outside ASCII.",
                   "write the host in punycode (xn--…) and the rest percent-encoded");
  }
  return base::Done{};
}

// A dotted decimal with four parts, each without leading zeros.
bool is_ipv4(std::string_view text) noexcept {
  int parts = 0;
  while (true) {
    const auto part = text.substr(0, text.find('.'));
    int value = 0;
    const auto read = std::from_chars(part.begin(), part.end(), value);
    const bool number = !part.empty() && is_digit(part.front()) && read.ec == std::errc() && read.ptr == part.end();
    if (!number || value > 255 || (part.size() > 1 && part.front() == '0')) return false;
    ++parts;
    if (part.size() == text.size()) return parts == 4;
    text.remove_prefix(part.size() + 1);
  }
}

// Names that some resolver would take for an address: their last label is a number, decimal, octal or hex.
bool ends_in_number(std::string_view host) noexcept {
  const auto last = host.substr(host.rfind('.') + 1);
  if (last.starts_with("0x")) return std::ranges::all_of(last.substr(2), [](char c) { return hex_value(c) >= 0; });
  return std::ranges::all_of(last, is_digit);
}

bool is_label(std::string_view label) noexcept {
  const bool letters = std::ranges::all_of(label, [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
  return letters && !label.empty() && label.size() <= 63 && !label.starts_with('-') && !label.ends_with('-');
}

base::Result<std::string> parse_name(std::string_view text) {
  std::string host(text);
  std::ranges::transform(host, host.begin(), lower);
  if (is_ipv4(host)) return host;
  if (host.ends_with('.')) return bad_url("The host ends with a dot.", "leave the dot out");
  if (host.size() > 253) return bad_url("The host name is longer than 253 characters.");
  std::string_view rest = host;
  while (true) {
    const auto label = rest.substr(0, rest.find('.'));
    if (!is_label(label)) return bad_url("The host is not a valid name.");
    if (label.size() == rest.size()) break;
    rest.remove_prefix(label.size() + 1);
  }
  if (ends_in_number(host))
    return bad_url("The host looks like an IPv4 address in an unusual form.", "write it like 192.0.2.1");
  return host;
}

base::Result<std::string> parse_ipv6(const std::string& text) {
  std::array<std::uint8_t, 16> bytes{};
  std::array<char, INET6_ADDRSTRLEN> written{};
  if (text.find('.') != std::string::npos || inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) {
    return bad_url("The host is not a valid IPv6 address.");
  }
  X1_CHECK(inet_ntop(AF_INET6, bytes.data(), written.data(), written.size()) != nullptr);
  std::string canonical(written.data());
  // An IPv4 address in IPv6's clothes: one address would have two names.
  if (canonical.find('.') != std::string::npos)
    return bad_url("The host is an IPv4 address written as IPv6.", "write it like 192.0.2.1");
  return canonical;
}

base::Result<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto read = std::from_chars(text.begin(), text.end(), port);
  if (text.empty() || text.starts_with('0') || read.ec != std::errc() || read.ptr != text.end()) {
    return bad_url("The port is not a number from 1 to 65535.");
  }
  return port;
}

base::Result<Origin> parse_authority(Scheme scheme, std::string_view text) {
  Origin origin{scheme, "", static_cast<std::uint16_t>(scheme == Scheme::https ? 443 : 80)};
  if (text.find('@') != std::string_view::npos)
    return bad_url("The URL holds a user name or password.", "leave it out");
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return bad_url("The host is not a valid IPv6 address.");
    X1_TRY(host, parse_ipv6(std::string(text.substr(1, end - 1))));
    origin.host = std::move(host);
    rest = text.substr(end + 1);
  } else {
    const auto name = text.substr(0, text.find(':'));
    X1_TRY(host, parse_name(name));
    origin.host = std::move(host);
    rest = text.substr(name.size());
  }
  if (rest.empty()) return origin;
  if (!rest.starts_with(':')) return bad_url("The host is malformed.");
  X1_TRY(port, parse_port(rest.substr(1)));
  origin.port = port;
  return origin;
}

struct Split {
  Origin origin;
  std::string_view rest;
};

base::Result<Split> split_origin(std::string_view text) {
  X1_TRY(ascii, check_ascii(text));
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) return bad_url("The URL does not begin with https:// or http://.");
  const auto name = text.substr(0, colon);
  const bool https = http_head::equal_ignoring_case(name, "https");
  if (!https && !http_head::equal_ignoring_case(name, "http"))
    return bad_url("The URL does not begin with https:// or http://.");
  text.remove_prefix(colon + 3);
  const auto authority = text.substr(0, text.find_first_of("/?#"));
  X1_TRY(origin, parse_authority(https ? Scheme::https : Scheme::http, authority));
  return Split{std::move(origin), text.substr(authority.size())};
}

// Checks the characters and the percent-encoding; `also` may stand unencoded too, `forbidden` not even encoded.
base::Status check_encoding(std::string_view text, std::string_view also, std::string_view forbidden) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_path_char(text[at]) || also.find(text[at]) != std::string_view::npos) continue;
    if (text[at] != '%') return bad_url("The URL has a character that must be percent-encoded.");
    const int high = at + 2 < text.size() ? hex_value(text[at + 1]) : -1;
    const int low = at + 2 < text.size() ? hex_value(text[at + 2]) : -1;
    if (high < 0 || low < 0) return bad_url("The URL has a broken percent-encoding.");
    const auto decoded = static_cast<char>(high * 16 + low);
    if (forbidden.find(decoded) != std::string_view::npos) return bad_url("The URL encodes a '/', '\\' or NUL.");
    at += 2;
  }
  return base::Done{};
}

// "." or "..", also with its dots percent-encoded: a server may take it for a step up.
bool is_dot_segment(std::string_view segment) noexcept {
  int dots = 0;
  while (!segment.empty()) {
    const bool encoded = segment.size() >= 3 && segment[0] == '%' && segment[1] == '2' && lower(segment[2]) == 'e';
    if (!encoded && segment[0] != '.') return false;
    segment.remove_prefix(encoded ? 3 : 1);
    ++dots;
  }
  return dots == 1 || dots == 2;
}

base::Status check_path(std::string_view path) {
  X1_TRY(encoding, check_encoding(path, "/", std::string_view("/\\\0", 3)));
  path.remove_prefix(1);
  while (!path.empty()) {
    const auto segment = path.substr(0, path.find('/'));
    if (segment.empty()) return bad_url("The path has an empty segment (\"//\").");
    if (is_dot_segment(segment)) return bad_url("The path has a dot segment.");
    path.remove_prefix(std::min(path.size(), segment.size() + 1));
  }
  return base::Done{};
}

}  // namespace

std::string_view to_string(Scheme scheme) noexcept { return scheme == Scheme::https ? "https" : "http"; }

std::string to_string(const Origin& origin) {
  std::string text(to_string(origin.scheme));
  const bool ipv6 = origin.host.find(':') != std::string::npos;
  text.append(ipv6 ? "://[" : "://").append(origin.host).append(ipv6 ? "]" : "");
  if (origin.port != (origin.scheme == Scheme::https ? 443 : 80)) text.append(":").append(std::to_string(origin.port));
  return text;
}

base::Result<Origin> parse_origin(std::string_view text) {
  X1_TRY(split, split_origin(text));
  if (!split.rest.empty()) return bad_url("An origin has no path.", "write it like https://example.org");
  return std::move(split.origin);
}

base::Result<Url> parse_url(std::string_view text) {
  X1_TRY(split, split_origin(text));
  std::string target(split.rest);
  if (!target.starts_with('/')) target.insert(0, "/");
  X1_TRY(parts, parse_target(target));
  return Url{std::move(split.origin), std::move(parts.path), std::move(parts.query)};
}

std::string to_string(const Url& url) {
  auto text = to_string(url.origin) + url.path;
  if (!url.query.empty()) text.append("?").append(url.query);
  return text;
}

base::Result<Target> parse_target(std::string_view text) {
  X1_TRY(ascii, check_ascii(text));
  if (!text.starts_with('/')) return bad_url("The target does not begin with '/'.");
  if (text.find('#') != std::string_view::npos)
    return bad_url("The URL has a fragment.", "leave out '#' and what follows");
  const auto path = text.substr(0, text.find('?'));
  X1_TRY(checked, check_path(path));
  if (path.size() == text.size()) return Target{std::string(path), ""};
  const auto query = text.substr(path.size() + 1);
  if (query.empty()) return bad_url("The URL has a '?' with nothing after it.");
  X1_TRY(encoding, check_encoding(query, "/?", std::string_view("\0", 1)));
  return Target{std::string(path), std::string(query)};
}

}  // namespace x1::wire
