#include "api/list_members.hpp"

#include "api/access.hpp"

namespace x1::api::list_members {

Input read(const Arguments& arguments) { return {arguments.id<SessionId>("session")}; }

base::Result<std::vector<Member>> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(session, session_for(services, caller, input.session, Role::viewer));
  return services.store.members().of(session.id);
}

}  // namespace x1::api::list_members
