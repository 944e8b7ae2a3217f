// What people are told when a provider asked for a request other than the one that it had planned: both, in words.
#pragma once

#include <string_view>

#include "audit/row.hpp"
#include "broker/event_log.hpp"
#include "policy/decide.hpp"
#include "wire/canonical_request.hpp"

namespace x1::broker {

struct Strayed {
  const policy::Call& call;
  std::string_view provider;            // its domain
  const wire::PlannedRequest* planned;  // null: nothing (more) was planned
  const wire::PlannedRequest& wanted;
  policy::DenyReason reason;
};

// The event provider.refused (schema/events.md): both requests entire, but for long bodies.
[[nodiscard]] NewEvent refusal_event(const Strayed& strayed);
// The detail of the row provider.refused (schema/audit.md): both by method, address and digest.
[[nodiscard]] wire::Value refusal_detail(const Strayed& strayed);

}  // namespace x1::broker
