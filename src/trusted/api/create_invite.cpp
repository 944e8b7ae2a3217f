#include "api/create_invite.hpp"

#include "api/access.hpp"
#include "api/logins.hpp"
#include "api/platform_audit.hpp"

namespace x1::api::create_invite {

Input read(const Arguments& arguments) {
  return {arguments.id<SessionId>("session"), arguments.text("role") == "viewer" ? Role::viewer : Role::participant,
          arguments.optional_text("name").value_or("")};
}

base::Result<Invited> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(session, live_session(services, caller, input.session, Role::owner));
  const auto now = services.clock.now();
  auto& members = services.store.members();
  X1_TRY(outstanding, members.count_invites(session.id, now));
  if (outstanding >= max_invites) {
    return base::Error{base::Code::too_many, "16 invitations to this session are not used yet.",
                       "wait ten minutes: they expire"};
  }
  const Invited invited{new_token(services.random), session.id, input.role, now + invite_life};
  X1_TRY(committed, services.store.transaction([&]() -> Status {
    X1_TRY(cleaned, members.remove_expired(now));
    X1_TRY(added,
           members.add_invite({hash_of_token(invited.token), session.id, input.role, input.name, invited.expires}));
    audit::Entry entry;
    entry.kind = "invite.created";
    entry.actor = caller.user.text();
    entry.target = session.id.text();
    entry.outcome = "ok";
    entry.detail = wire::Value::Object{{"role", to_string(input.role)}};
    return audit_row(services, std::move(entry));
  }));
  return invited;
}

}  // namespace x1::api::create_invite
