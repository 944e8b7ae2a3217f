#include "api/kill_session.hpp"

#include "api/access.hpp"
#include "api/controls.hpp"
#include "api/departure.hpp"
#include "api/platform_audit.hpp"
#include "api/revocation.hpp"
#include "api/session_life.hpp"

namespace x1::api::kill_session {
namespace {

Status take_everything(Services& services, const SessionId& session, SessionState state, const UserId& by) {
  X1_TRY(marked, services.store.sessions().set_state(session, state, std::string(killed_session)));
  X1_TRY(ended, end_turns(services, session, std::nullopt, by));
  X1_TRY(revoked, revoke_all(services, session, policy::RevokeGrants{}, by));
  X1_TRY(event, add_event(services, session, "session.killed", by.text(), 0, {}));
  audit::Entry entry;
  entry.kind = "session.killed";
  entry.actor = by.text();
  entry.target = session.text();
  entry.outcome = "ok";
  return audit_row(services, std::move(entry));
}

}  // namespace

Input read(const Arguments& arguments) { return {arguments.id<SessionId>("session")}; }

// The record first, then the end: a process that does not answer is not waited for. An API or a supervisor that is gone
// in between finds it marked.
base::Result<Session> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(session, live_session(services, caller, input.session, Role::participant));
  X1_TRY(committed,
         services.store.transaction([&] { return take_everything(services, session.id, session.state, caller.user); }));
  services.announcer.event_added(session.id);
  services.announcer.control_waits(session.id);
  if (session.state == SessionState::created) {
    X1_TRY(ended, took(services, seam::launch::SessionEnded{session.id.text(), std::string(killed_session)}));
  } else {
    X1_TRY(killed, services.launcher.kill(session.id));
  }
  return session_for(services, caller, input.session, Role::participant);
}

}  // namespace x1::api::kill_session
