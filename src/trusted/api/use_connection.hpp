// POST /challenges/{challenge}/use_connection: the person wants to be asked about another of their accounts. It is a no
// to this question: the call that asked is planned anew, and the next question shows what would be sent there.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::use_connection {

struct Input {
  ChallengeId challenge;
  ConnectionId connection;
};
[[nodiscard]] Input read(const Arguments& arguments);
// Fails with not_found, forbidden (not the one who was asked), conflict (answered already), expired, or invalid_request
// (an account that the question does not offer).
[[nodiscard]] base::Result<ChallengeRecord> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::use_connection
