// POST /sessions/{session}/leave: the caller leaves a session.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::leave_session {

struct Input {
  SessionId session;
};
[[nodiscard]] Input read(const Arguments& arguments);
// Fails with not_found or conflict (the owner can't leave).
[[nodiscard]] base::Result<base::Done> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::leave_session
