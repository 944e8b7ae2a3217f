// DELETE /sessions/{session}: the session ends for good; its records stay.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::end_session {

struct Input {
  SessionId session;
};
[[nodiscard]] Input read(const Arguments& arguments);
// Fails with not_found, conflict (over already) or unavailable.
[[nodiscard]] base::Result<Session> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::end_session
