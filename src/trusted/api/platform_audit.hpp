// The platform's own chain of audit rows, signed by the API. Written in the transaction of what it records: neither is
// there without the other.
#pragma once

#include <string>

#include "api/services.hpp"
#include "audit/row.hpp"

namespace x1::api {

inline constexpr std::string_view platform_chain = "platform";

// Appends a row; `entry.time` is set to now.
[[nodiscard]] Status audit_row(Services& services, audit::Entry entry);
// A row in a transaction of its own, for what changes nothing else.
[[nodiscard]] Status audit_alone(Services& services, audit::Entry entry);

}  // namespace x1::api
