#include "api/lift_denial.hpp"

#include "api/access.hpp"
#include "api/controls.hpp"
#include "api/platform_audit.hpp"

namespace x1::api::lift_denial {

Input read(const Arguments& arguments) {
  return {arguments.id<SessionId>("session"), arguments.id<ChallengeId>("challenge")};
}

// A no is its person's alone: nobody else has them asked again, the session's owner neither.
base::Result<Denial> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(session, live_session(services, caller, input.session, Role::participant));
  X1_TRY(denial, required(services.store.consents().denial(input.challenge), "denial"));
  if (denial.session != session.id) return not_found("denial");
  if (denial.actor != caller.user) {
    return base::Error{base::Code::forbidden, "This was denied by somebody else.", "let them lift it"};
  }
  X1_TRY(committed, services.store.transaction([&]() -> Status {
    X1_TRY(added, add_control(services, session.id, caller.user, policy::LiftDenial{denial.challenge}));
    audit::Entry entry;
    entry.kind = "consent.lifted";
    entry.actor = caller.user.text();
    entry.scope = denial.scope;
    entry.target = session.id.text();
    entry.outcome = "ok";
    entry.detail = wire::Value::Object{{"challenge", denial.challenge.text()}};
    return audit_row(services, std::move(entry));
  }));
  services.announcer.control_waits(session.id);
  return denial;
}

}  // namespace x1::api::lift_denial
