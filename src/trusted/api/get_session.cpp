#include "api/get_session.hpp"

#include "api/access.hpp"

namespace x1::api::get_session {

Input read(const Arguments& arguments) { return {arguments.id<SessionId>("session")}; }

base::Result<Session> process(const Caller& caller, const Input& input, Services& services) {
  return session_for(services, caller, input.session, Role::viewer);
}

}  // namespace x1::api::get_session
