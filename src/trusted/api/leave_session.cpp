#include "api/leave_session.hpp"

#include "api/access.hpp"
#include "api/departure.hpp"

namespace x1::api::leave_session {

Input read(const Arguments& arguments) { return {arguments.id<SessionId>("session")}; }

base::Result<base::Done> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(session, session_for(services, caller, input.session, Role::viewer));
  return depart(services, session, caller.user, caller.user);
}

}  // namespace x1::api::leave_session
