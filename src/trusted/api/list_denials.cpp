#include "api/list_denials.hpp"

#include "api/access.hpp"

namespace x1::api::list_denials {

Input read(const Arguments& arguments) { return {arguments.id<SessionId>("session")}; }

base::Result<std::vector<Denial>> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(session, session_for(services, caller, input.session, Role::viewer));
  return services.store.consents().denials(session.id);
}

}  // namespace x1::api::list_denials
