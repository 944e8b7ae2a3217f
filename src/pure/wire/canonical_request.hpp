// CanonicalRequest: the one object that is checked, shown, digested, signed, logged and serialised to the wire.
// Whoever wants to know "what would be sent" has this value and nothing else. Encoding: schema/canonical-request.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "crypto/digest.hpp"
#include "wire/http.hpp"
#include "wire/url.hpp"
#include "wire/value.hpp"

namespace x1::wire {

// Bodies longer than this stand in the encoding by their digest.
inline constexpr std::size_t max_shown_body = 64 * 1024;

// What is known of a body that was given by digest.
struct BodyDigest {
  crypto::Digest sha256;
  std::int64_t bytes = 0;
  bool operator==(const BodyDigest&) const = default;
};

// One HTTP request as it would leave the machine, but for the credential, which the dialer adds.
struct PlannedRequest {
  Method method = Method::get;
  Origin origin;
  std::string target;           // origin form
  std::vector<Header> headers;  // lower-case names, sorted, from the allow-list below; never authorization or host
  std::string body;             // UTF-8 text, or any bytes
  // Only in a request that was read back from its encoding: `body` is empty here, and this stands for it. Its digest is
  // still that of the whole request; it can be shown and compared by digest, and never sent.
  std::optional<BodyDigest> elided = std::nullopt;

  bool operator==(const PlannedRequest&) const = default;
};

struct CanonicalRequest {
  base::SessionId session;
  base::UserId actor;
  std::string tool;               // "calendar_list_events"
  std::string scope;              // "calendar.read"
  base::ConnectionId connection;  // whose account
  Value arguments;                // what the agent asked for
  std::vector<PlannedRequest> requests;

  bool operator==(const CanonicalRequest&) const = default;
};

// Checks one request that a provider wants: header names on the allow-list (accept, content-type, depth, if-match,
// if-none-match, prefer, range, user-agent…), values of visible ASCII, a strict target, limits on size; a "destination"
// of the same origin. Fails with provider_error, or too_large.
[[nodiscard]] base::Status check_planned(const PlannedRequest& request);

// As a Value: bodies over 64 KiB stand as {"bytes": n, "sha256": …}, others that are not UTF-8 as {"base64": …}.
// Different requests have different Values, also such as check_planned would refuse.
[[nodiscard]] Value to_value(const PlannedRequest& request);
[[nodiscard]] Value to_value(const CanonicalRequest& request);
// The way back, for the one who shows it: takes exactly what to_value makes. Fails with invalid_request.
[[nodiscard]] base::Result<PlannedRequest> planned_request_from(const Value& value);
[[nodiscard]] base::Result<CanonicalRequest> canonical_request_from(const Value& value);

// RFC 8785 text of to_value, and its SHA-256.
[[nodiscard]] std::string encode(const CanonicalRequest& request);
[[nodiscard]] crypto::Digest digest_of(const CanonicalRequest& request);
[[nodiscard]] crypto::Digest digest_of(const PlannedRequest& request);

}  // namespace x1::wire
