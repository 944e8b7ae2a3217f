#include "base/error.hpp"

#include <array>

namespace x1::base {
namespace {

constexpr std::array codes{
    Code::permission_required,
    Code::permission_pending,
    Code::permission_denied,
    Code::no_active_turn,
    Code::not_allowed,
    Code::not_planned,
    Code::budget_exceeded,
    Code::upstream_error,
    Code::provider_error,
    Code::invalid_request,
    Code::invalid_json,
    Code::invalid_token,
    Code::invalid_manifest,
    Code::too_large,
    Code::too_slow,
    Code::too_many,
    Code::unsupported,
    Code::unauthenticated,
    Code::forbidden,
    Code::not_found,
    Code::conflict,
    Code::expired,
    Code::clock_skew,
    Code::passkey_required,
    Code::unavailable,
    Code::timed_out,
    Code::address_refused,
    Code::tls_failed,
    Code::storage_failed,
    Code::isolation_missing,
    Code::internal,
};

}  // namespace

std::span<const Code> all_codes() noexcept { return codes; }

std::string_view to_string(Code code) noexcept {
  switch (code) {
    case Code::permission_required: return "permission_required";
    case Code::permission_pending: return "permission_pending";
    case Code::permission_denied: return "permission_denied";
    case Code::no_active_turn: return "no_active_turn";
    case Code::not_allowed: return "not_allowed";
    case Code::not_planned: return "not_planned";
    case Code::budget_exceeded: return "budget_exceeded";
    case Code::upstream_error: return "upstream_error";
    case Code::provider_error: return "provider_error";
    case Code::invalid_request: return "invalid_request";
    case Code::invalid_json: return "invalid_json";
    case Code::invalid_token: return "invalid_token";
    case Code::invalid_manifest: return "invalid_manifest";
    case Code::too_large: return "too_large";
    case Code::too_slow: return "too_slow";
    case Code::too_many: return "too_many";
    case Code::unsupported: return "unsupported";
    case Code::unauthenticated: return "unauthenticated";
    case Code::forbidden: return "forbidden";
    case Code::not_found: return "not_found";
    case Code::conflict: return "conflict";
    case Code::expired: return "expired";
    case Code::clock_skew: return "clock_skew";
    case Code::passkey_required: return "passkey_required";
    case Code::unavailable: return "unavailable";
    case Code::timed_out: return "timed_out";
    case Code::address_refused: return "address_refused";
    case Code::tls_failed: return "tls_failed";
    case Code::storage_failed: return "storage_failed";
    case Code::isolation_missing: return "isolation_missing";
    case Code::internal: return "internal";
  }
  return "internal";
}

std::string describe(const Error& error) {
  std::string text(to_string(error.code));
  text.append(": ").append(error.message);
  if (!error.next.empty()) text.append(" (").append(error.next).append(")");
  return text;
}

}  // namespace x1::base
