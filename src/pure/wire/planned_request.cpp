// What one request of a provider may look like at all, before anybody decides whether it may be sent.
#include <algorithm>
#include <array>

#include "wire/canonical_request.hpp"

namespace x1::wire {
namespace {

using base::Code;
using base::Error;

// Headers that say what is wanted, and nothing about who asks, by which connection, or on which route. What is missing
// here is missing on purpose: authorization, cookie, host, forwarded, connection, te, upgrade, expect, accept-encoding,
// content-length, transfer-encoding, referer, origin, proxy-*, x-http-method-override, x-original-url.
constexpr std::array<std::string_view, 16> allowed_headers{"accept",
                                                           "accept-language",
                                                           "content-type",
                                                           "depth",
                                                           "destination",
                                                           "if-match",
                                                           "if-modified-since",
                                                           "if-none-match",
                                                           "if-range",
                                                           "if-unmodified-since",
                                                           "overwrite",
                                                           "prefer",
                                                           "range",
                                                           "timeout",
                                                           "user-agent",
                                                           "x-requested-with"};
static_assert(std::ranges::is_sorted(allowed_headers));

constexpr std::size_t max_header_bytes = 4 * 1024;
constexpr std::size_t max_body = HttpLimits{}.body_bytes;

Error refused(std::string_view why) {
  return {Code::provider_error, "The provider planned a request that is not taken: " + std::string(why) + ".", ""};
}

base::Status check_value(const Header& header) {
  if (header.value.size() > max_header_bytes)
    return Error{Code::too_large, "A planned header is longer than 4 KiB.", ""};
  const auto visible = [](char c) { return c >= ' ' && c <= '~'; };
  const bool clean =
      std::ranges::all_of(header.value, visible) && !header.value.starts_with(' ') && !header.value.ends_with(' ');
  if (!clean) return refused("the value of the header \"" + header.name + "\" is not plain text");
  return base::Done{};
}

// A copy or move must not name a second host: the credential would be used for it by the first.
base::Status check_destination(const PlannedRequest& request, const std::string& value) {
  if (request.method != Method::move && request.method != Method::copy)
    return refused("only MOVE and COPY have a destination");
  if (value.starts_with('/')) {
    X1_TRY(target, parse_target(value));
    return base::Done{};
  }
  const auto url = parse_url(value);
  if (!url.ok() || url->origin != request.origin) return refused("the destination is not of the same origin");
  return base::Done{};
}

base::Status check_headers(const PlannedRequest& request) {
  std::string_view last;
  for (const auto& header : request.headers) {
    if (!std::ranges::binary_search(allowed_headers, std::string_view(header.name)))
      return refused("it has a header that is not on the list");
    if (header.name <= last) return refused("its headers are not sorted by name, or one stands twice");
    last = header.name;
    X1_TRY(value, check_value(header));
    if (header.name == "destination") {
      X1_TRY(destination, check_destination(request, header.value));
    }
  }
  return base::Done{};
}

}  // namespace

base::Status check_planned(const PlannedRequest& request) {
  if (request.elided) return refused("its body is known by digest only");
  if (request.method == Method::connect) return refused("it would open a tunnel");
  const auto origin = parse_origin(to_string(request.origin));
  if (!origin.ok() || *origin != request.origin) return refused("its origin is malformed");
  if (const auto target = parse_target(request.target); !target.ok()) return refused("its target is malformed");
  if (request.body.size() > max_body)
    return Error{Code::too_large, "The body of a planned request is longer than 4 MiB.", ""};
  if (!request.body.empty() && (request.method == Method::get || request.method == Method::head)) {
    return refused("GET and HEAD have no body");
  }
  return check_headers(request);
}

}  // namespace x1::wire
