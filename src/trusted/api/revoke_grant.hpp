// DELETE /sessions/{session}/grants/{grant}: takes a grant back, from the next call on.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::revoke_grant {

struct Input {
  SessionId session;
  GrantId grant;
};
[[nodiscard]] Input read(const Arguments& arguments);
// Fails with not_found, forbidden (another person's grant) or conflict (revoked already).
[[nodiscard]] base::Result<GrantRecord> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::revoke_grant
