#include "api/deny.hpp"

#include "api/controls.hpp"
#include "api/decision.hpp"

namespace x1::api::deny {

Input read(const Arguments& arguments) { return {arguments.id<ChallengeId>("challenge")}; }

base::Result<ChallengeRecord> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(challenge, challenge_to_decide(services, caller, input.challenge));
  X1_TRY(committed, services.store.transaction([&]() -> Status {
    X1_TRY(added, add_control(services, challenge.session, caller.user, policy::DenyChallenge{challenge.id}));
    return decided(services, challenge, ChallengeState::denied, "consent.denied", "");
  }));
  services.announcer.control_waits(challenge.session);
  challenge.state = ChallengeState::denied;
  return challenge;
}

}  // namespace x1::api::deny
