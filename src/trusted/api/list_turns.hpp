// GET /sessions/{session}/turns: whose turn it is, and who waits, in the order in which they will be worked on.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::list_turns {

struct Input {
  SessionId session;
};
[[nodiscard]] Input read(const Arguments& arguments);
[[nodiscard]] base::Result<std::vector<Turn>> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::list_turns
