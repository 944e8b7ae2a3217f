#include "api/revoke_grant.hpp"

#include "api/access.hpp"
#include "api/revocation.hpp"

namespace x1::api::revoke_grant {

Input read(const Arguments& arguments) { return {arguments.id<SessionId>("session"), arguments.id<GrantId>("grant")}; }

base::Result<GrantRecord> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(session, session_for(services, caller, input.session, Role::participant));
  X1_TRY(grant, required(services.store.consents().grant(input.grant), "grant"));
  if (grant.session != session.id) return not_found("grant");
  if (grant.actor != caller.user && session.owner != caller.user) {
    return base::Error{base::Code::forbidden, "This grant is somebody else's.",
                       "let them or the session's owner revoke it"};
  }
  if (!step::TakeBackGrant::leaves(grant.state)) return step::TakeBackGrant::otherwise.error();
  X1_TRY(committed, services.store.transaction([&] { return revoke(services, grant, caller.user); }));
  services.announcer.control_waits(session.id);
  return required(services.store.consents().grant(grant.id), "grant");
}

}  // namespace x1::api::revoke_grant
