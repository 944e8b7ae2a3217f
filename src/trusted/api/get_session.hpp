// GET /sessions/{session}: one session.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::get_session {

struct Input {
  SessionId session;
};
[[nodiscard]] Input read(const Arguments& arguments);
[[nodiscard]] base::Result<Session> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::get_session
