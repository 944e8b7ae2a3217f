// POST /sessions/{session}/start: starts what was created with `start` false.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::start_session {

struct Input {
  SessionId session;
};
[[nodiscard]] Input read(const Arguments& arguments);
// Fails with not_found, conflict (started before) or unavailable.
[[nodiscard]] base::Result<Session> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::start_session
