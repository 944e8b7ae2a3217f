#include "api/deny.hpp"

#include "api/decision.hpp"

namespace x1::api::deny {

Input read(const Arguments& arguments) {
  return {arguments.id<ChallengeId>("challenge"), arguments.flag("for_session", false)};
}

base::Result<ChallengeRecord> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(challenge, in_transaction(services.store, [&]() -> base::Result<ChallengeRecord> {
           X1_TRY(asked, challenge_to_decide(services, caller, input.challenge));
           return decline(services, caller, std::move(asked), {input.challenge, input.for_session});
         }));
  services.announcer.control_waits(challenge.session);
  return std::move(challenge);
}

}  // namespace x1::api::deny
