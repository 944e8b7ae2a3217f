// DELETE /sessions/{session}/denials/{challenge}: the person may be asked the like of it again.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::lift_denial {

struct Input {
  SessionId session;
  ChallengeId challenge;
};
[[nodiscard]] Input read(const Arguments& arguments);
// Fails with not_found, forbidden (another person's no) or conflict (the session is over).
[[nodiscard]] base::Result<Denial> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::lift_denial
