#include "api/list_challenges.hpp"

#include "api/access.hpp"

namespace x1::api::list_challenges {

Input read(const Arguments& arguments) { return {arguments.id<SessionId>("session")}; }

base::Result<std::vector<ChallengeRecord>> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(session, own_session(services, caller, input.session));
  return services.store.consents().challenges(session.id);
}

}  // namespace x1::api::list_challenges
