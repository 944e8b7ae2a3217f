// GET /sessions/{session}/members: who is in a session, and as what.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::list_members {

struct Input {
  SessionId session;
};
[[nodiscard]] Input read(const Arguments& arguments);
[[nodiscard]] base::Result<std::vector<Member>> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::list_members
