#include "dialer/credential.hpp"

#include <algorithm>
#include <charconv>

#include "wire/fields.hpp"
#include "wire/json.hpp"

namespace x1::dialer {
namespace {

using base::Code;

constexpr std::size_t max_credential_bytes = 96 * 1024;
constexpr std::size_t max_ca_bytes = 64 * 1024;
constexpr std::size_t max_confirmed = 32;

base::Error wrong(std::string why) {
  return {Code::invalid_token, "The sealed credential " + std::move(why) + ".", ""};
}

// "127.0.0.1:5232" or "[::1]:5232"
base::Result<policy::Endpoint> read_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos) return wrong("confirms an endpoint without a port");
  auto host = text.substr(0, colon);
  const auto digits = text.substr(colon + 1);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = policy::parse_address(host);
  if (!address.ok()) return wrong("confirms something that is no address");
  policy::Endpoint endpoint{.address = *address, .port = 0};
  const auto read = std::from_chars(digits.begin(), digits.end(), endpoint.port);
  if (read.ec != std::errc() || read.ptr != digits.end() || endpoint.port == 0) {
    return wrong("confirms an endpoint whose port is no number");
  }
  return endpoint;
}

base::Result<std::vector<policy::Endpoint>> read_confirmed(const wire::Value& value) {
  const auto* items = value.array();
  if (items == nullptr || items->size() > max_confirmed) return wrong("has no list of confirmed endpoints");
  std::vector<policy::Endpoint> endpoints;
  for (const auto& item : *items) {
    const auto* text = item.string();
    if (text == nullptr) return wrong("confirms something that is no endpoint");
    X1_TRY(endpoint, read_endpoint(*text));
    endpoints.push_back(endpoint);
  }
  return endpoints;
}

bool has_control(std::string_view text) noexcept {
  return std::ranges::any_of(text, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; });
}

}  // namespace

base::Result<Credential> read_credential(const crypto::Secret& json) {
  const auto parsed = wire::parse_json(base::as_text(json.expose()), wire::JsonLimits{.bytes = max_credential_bytes});
  if (!parsed.ok()) return wrong("is not JSON");
  wire::Fields fields(*parsed, "the sealed credential");
  (void)fields.integer("version", 1, 1);
  const auto origin = fields.string("origin");
  const auto base_path = fields.string("base_path");
  auto user = fields.string("user", 1024);
  const auto password = fields.string("password", 1024);
  const auto confirmed = fields.any("confirmed");
  auto ca = fields.optional_string("ca", max_ca_bytes);
  const auto request = fields.string("request", 64);
  if (!fields.finish().ok()) return wrong("does not have the members of its form");

  auto where = wire::parse_origin(origin);
  auto digest = crypto::digest_from_hex(request);
  if (!where.ok() || !digest.ok() || !base_path.starts_with('/')) return wrong("has a malformed member");
  // RFC 7617: a user name with ':' could not be told from the password.
  if (user.find(':') != user.npos || has_control(user) || has_control(password)) {
    return wrong("has a user name or password that Basic authentication can't carry");
  }
  if (password.size() < min_password_bytes) return wrong("has a password of less than four bytes");
  X1_TRY(endpoints, read_confirmed(confirmed));
  X1_TRY(secret, crypto::Secret::copy_of(base::as_bytes(password)));
  return Credential{.origin = std::move(*where),
                    .user = std::move(user),
                    .password = std::move(secret),
                    .confirmed = std::move(endpoints),
                    .ca = std::move(ca).value_or(std::string()),
                    .request = *digest};
}

base::Status check_is_for(const Credential& credential, const wire::PlannedRequest& request) {
  if (credential.origin != request.origin) return wrong("is for another origin");
  if (credential.request != wire::digest_of(request)) return wrong("is for another request");
  return base::Done{};
}

}  // namespace x1::dialer
