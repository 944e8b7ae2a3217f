// GET /sessions: one's own sessions, the newest first.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::list_sessions {

struct Input {};
[[nodiscard]] Input read(const Arguments& arguments);
[[nodiscard]] base::Result<std::vector<Session>> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::list_sessions
