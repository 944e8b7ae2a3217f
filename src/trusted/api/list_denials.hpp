// GET /sessions/{session}/denials: what people have denied for a session.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::list_denials {

struct Input {
  SessionId session;
};
[[nodiscard]] Input read(const Arguments& arguments);
[[nodiscard]] base::Result<std::vector<Denial>> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::list_denials
