// Error: what went wrong, in three parts that never change their meaning: a stable code for programs, one plain
// sentence for people, and the next step. Codes are part of the API: docs/errors.md lists them all.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace x1::base {

enum class Code {
  // what an agent is told about a call
  permission_required,
  permission_pending,
  permission_denied,
  no_active_turn,
  not_allowed,
  not_planned,
  budget_exceeded,
  upstream_error,
  provider_error,
  // input that is not what its interface takes
  invalid_request,
  invalid_json,
  invalid_token,
  invalid_manifest,
  too_large,
  too_slow,
  too_many,
  unsupported,
  // people and their things
  unauthenticated,
  forbidden,
  not_found,
  conflict,
  expired,
  clock_skew,
  passkey_required,
  // the world outside the process
  unavailable,
  timed_out,
  address_refused,
  tls_failed,
  storage_failed,
  isolation_missing,
  internal,
};

// Every code, in the order above; for tests and for documentation.
[[nodiscard]] std::span<const Code> all_codes() noexcept;
[[nodiscard]] std::string_view to_string(Code code) noexcept;

struct Error {
  Code code = Code::internal;
  std::string message;  // one sentence, never a secret
  std::string next;     // what to do about it; may be empty

  bool operator==(const Error&) const = default;
};

// "code: message (next)", for a terminal or a log.
[[nodiscard]] std::string describe(const Error& error);

}  // namespace x1::base
