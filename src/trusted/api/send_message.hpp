// POST /sessions/{session}/messages: a message, which becomes a turn when the session is free.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::send_message {

struct Input {
  SessionId session;
  std::string text;
};
[[nodiscard]] Input read(const Arguments& arguments);
// Fails with not_found, forbidden (a viewer), conflict (the session is over, or runs one command of somebody else's) or
// too_many (messages of theirs that wait).
[[nodiscard]] base::Result<Turn> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::send_message
