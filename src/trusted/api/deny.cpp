#include "api/deny.hpp"

#include "api/controls.hpp"
#include "api/decision.hpp"

namespace x1::api::deny {

Input read(const Arguments& arguments) {
  return {arguments.id<ChallengeId>("challenge"), arguments.flag("for_session", false)};
}

base::Result<ChallengeRecord> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(challenge, challenge_to_decide(services, caller, input.challenge));
  const step::DeclineChallenge step{
      .by_actor = challenge.actor == caller.user,
      .in_time = services.clock.now() < challenge.expires,
  };
  X1_TRY(may, may_take(step, challenge.state));
  X1_TRY(connected, still_connected(services, challenge));
  X1_TRY(committed, services.store.transaction([&]() -> Status {
    X1_TRY(added, add_control(services, challenge.session, caller.user,
                              policy::DenyChallenge{challenge.id, input.for_session}));
    return decided(services, challenge, step.to, "consent.denied", input.for_session ? "session" : "");
  }));
  services.announcer.control_waits(challenge.session);
  challenge.state = step.to;
  return challenge;
}

}  // namespace x1::api::deny
