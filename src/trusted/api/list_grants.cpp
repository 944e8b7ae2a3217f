#include "api/list_grants.hpp"

#include "api/access.hpp"

namespace x1::api::list_grants {

Input read(const Arguments& arguments) { return {arguments.id<SessionId>("session")}; }

base::Result<std::vector<GrantRecord>> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(session, session_for(services, caller, input.session, Role::viewer));
  return services.store.consents().grants(session.id);
}

}  // namespace x1::api::list_grants
