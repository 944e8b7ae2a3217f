// What approving and denying have in common: who may decide, on what, and the row that it leaves.
#pragma once

#include <string_view>

#include "api/services.hpp"

namespace x1::api {

// A challenge of a session that goes on and that this caller may see. Whether they may decide on it now, the step says
// (may_take).
[[nodiscard]] base::Result<ChallengeRecord> challenge_to_decide(Services& services, const Caller& caller,
                                                                const ChallengeId& id);

// That the connection which it is about was not forgotten.
[[nodiscard]] Status still_connected(Services& services, const ChallengeRecord& challenge);

// Whether the step leaves from that state and its guards hold; or the first that does not.
template <class Step>
[[nodiscard]] Status may_take(const Step& step, ChallengeState from) {
  if (!Step::leaves(from)) return Step::otherwise.error();
  if (const auto* unmet = step.unmet()) return unmet->error();
  return base::Done{};
}

// The new state and the audit row of kind `kind`, in the present transaction.
[[nodiscard]] Status decided(Services& services, const ChallengeRecord& challenge, ChallengeState state,
                             std::string_view kind, std::string_view lifetime);

}  // namespace x1::api
