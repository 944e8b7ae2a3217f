// Origin and Target: where a request goes, split the one way that everybody here uses. Parsing is stricter than
// RFC 3986: what some client, proxy or server would repair or read otherwise is refused. A host is lower-case ASCII
// (punycode already applied) or an IP literal in its one canonical form; the octal, hex, short and integer forms of
// IPv4 are neither. All fail with invalid_request.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace x1::wire {

enum class Scheme { http, https };
[[nodiscard]] std::string_view to_string(Scheme scheme) noexcept;

struct Origin {
  Scheme scheme = Scheme::https;
  std::string host;  // IPv6 without brackets
  std::uint16_t port = 443;
  bool operator==(const Origin&) const = default;
};

// "https://host" or "https://host:port", the default port left out.
[[nodiscard]] std::string to_string(const Origin& origin);
[[nodiscard]] base::Result<Origin> parse_origin(std::string_view text);

struct Url {
  Origin origin;
  std::string path;   // begins with '/', percent-encoded as given, no dot segments
  std::string query;  // without '?'
  bool operator==(const Url&) const = default;
};
// Refuses user information, fragments, other schemes, dot segments (encoded too), "//" in the path, encoded '/', '\\'
// or NUL, an empty query after '?', and more than 8 KiB. A missing path is "/".
[[nodiscard]] base::Result<Url> parse_url(std::string_view text);
[[nodiscard]] std::string to_string(const Url& url);

// An origin-form target ("/path?query") under the same rules.
struct Target {
  std::string path;
  std::string query;
  bool operator==(const Target&) const = default;
};
[[nodiscard]] base::Result<Target> parse_target(std::string_view text);

}  // namespace x1::wire
