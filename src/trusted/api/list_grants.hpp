// GET /sessions/{session}/grants: what was granted in a session.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::list_grants {

struct Input {
  SessionId session;
};
[[nodiscard]] Input read(const Arguments& arguments);
[[nodiscard]] base::Result<std::vector<GrantRecord>> process(const Caller& caller, const Input& input,
                                                             Services& services);

}  // namespace x1::api::list_grants
