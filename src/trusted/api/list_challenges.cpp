#include "api/list_challenges.hpp"

#include "api/access.hpp"

namespace x1::api::list_challenges {

Input read(const Arguments& arguments) { return {arguments.id<SessionId>("session")}; }

base::Result<std::vector<ChallengeRecord>> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(session, session_for(services, caller, input.session, Role::viewer));
  X1_TRY(challenges, services.store.consents().challenges(session.id));
  for (auto& challenge : challenges)
    if (challenge.actor != caller.user) challenge.asked = {};
  return std::move(challenges);
}

}  // namespace x1::api::list_challenges
