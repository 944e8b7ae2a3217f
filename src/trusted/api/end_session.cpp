#include "api/end_session.hpp"

#include "api/access.hpp"
#include "api/platform_audit.hpp"
#include "api/session_life.hpp"

namespace x1::api::end_session {

Input read(const Arguments& arguments) { return {arguments.id<SessionId>("session")}; }

base::Result<Session> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(session, live_session(services, caller, input.session, Role::owner));
  audit::Entry entry;
  entry.kind = "session.end";
  entry.actor = caller.user.text();
  entry.target = session.id.text();
  entry.outcome = "ok";
  X1_TRY(noted, audit_alone(services, std::move(entry)));
  if (session.state == SessionState::created) {
    // Nothing runs yet: it is over as soon as we say so.
    X1_TRY(ended, took(services, seam::launch::SessionEnded{session.id.text(), "never started"}));
  } else {
    X1_TRY(stopped, services.launcher.stop(session.id));
  }
  return session_for(services, caller, input.session, Role::owner);
}

}  // namespace x1::api::end_session
