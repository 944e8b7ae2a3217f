// GET /sessions/{session}/challenges: what was asked in a session, and what became of it.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::list_challenges {

struct Input {
  SessionId session;
};
[[nodiscard]] Input read(const Arguments& arguments);
// What would be sent (`asked`) is shown to who is asked, and to nobody else in the session.
[[nodiscard]] base::Result<std::vector<ChallengeRecord>> process(const Caller& caller, const Input& input,
                                                                 Services& services);

}  // namespace x1::api::list_challenges
