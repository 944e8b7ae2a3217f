// POST /sessions/{session}/kill: everything in it stops now. For whoever sees something go wrong.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::kill_session {

struct Input {
  SessionId session;
};
[[nodiscard]] Input read(const Arguments& arguments);
// Every grant is revoked, every yes on its way is caught, the turn ends, the queue is empty, and the supervisor ends
// the boxes whether the broker answers or not. Fails with not_found, forbidden (a viewer), conflict (over already) or
// unavailable (no supervisor: then nothing of it runs).
[[nodiscard]] base::Result<Session> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::kill_session
