#include "api/start_session.hpp"

#include "api/access.hpp"
#include "api/session_life.hpp"

namespace x1::api::start_session {

Input read(const Arguments& arguments) { return {arguments.id<SessionId>("session")}; }

base::Result<Session> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(session, live_session(services, caller, input.session, Role::owner));
  X1_TRY(started, start(services, session, caller.user.text()));
  return session_for(services, caller, input.session, Role::owner);
}

}  // namespace x1::api::start_session
