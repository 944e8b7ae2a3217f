// What approving and denying have in common: who may decide, on what, and the row that it leaves.
#pragma once

#include <string_view>

#include "api/services.hpp"

namespace x1::api {

// A challenge that this caller may decide on now: in a session of theirs, put to them, not answered, not expired,
// about a connection that there still is.
[[nodiscard]] base::Result<ChallengeRecord> challenge_to_decide(Services& services, const Caller& caller,
                                                                const ChallengeId& id);

// The new state and the audit row of kind `kind`, in the present transaction.
[[nodiscard]] Status decided(Services& services, const ChallengeRecord& challenge, ChallengeState state,
                             std::string_view kind, std::string_view lifetime);

}  // namespace x1::api
