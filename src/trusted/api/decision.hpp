// What approving and denying have in common: who may decide, on what, and the row that it leaves.
#pragma once

#include <string_view>

#include "api/services.hpp"
#include "policy/challenge.hpp"

namespace x1::api {

// A challenge of a session that goes on and that this caller may see. Whether they may decide on it now, the step says
// (may_take).
[[nodiscard]] base::Result<ChallengeRecord> challenge_to_decide(Services& services, const Caller& caller,
                                                                const ChallengeId& id);

// The question itself, as its broker asked it.
[[nodiscard]] base::Result<policy::Challenge> asked_in(const ChallengeRecord& challenge);

// That the connection which it is about was not forgotten.
[[nodiscard]] Status still_connected(Services& services, const ChallengeRecord& challenge);

// Whether the step leaves from that state and its guards hold; or the first that does not.
template <class Step>
[[nodiscard]] Status may_take(const Step& step, ChallengeState from) {
  if (!Step::leaves(from)) return Step::otherwise.error();
  if (const auto* unmet = step.unmet()) return unmet->error();
  return base::Done{};
}

// The person's no, as their broker hears it. In the present transaction, in which the question was read;
// control_waits is announced afterwards.
[[nodiscard]] base::Result<ChallengeRecord> decline(Services& services, const Caller& caller, ChallengeRecord challenge,
                                                    const policy::DenyChallenge& no);

// The new state and the audit row of kind `kind`, in the present transaction. conflict: the question has left the state
// that it was read in.
[[nodiscard]] Status decided(Services& services, const ChallengeRecord& challenge, ChallengeState state,
                             std::string_view kind, std::string_view lifetime);

}  // namespace x1::api
