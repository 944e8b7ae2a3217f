#include "api/revoke_grants.hpp"

#include "api/access.hpp"
#include "api/revocation.hpp"

namespace x1::api {
namespace revoke_grants {

Input read(const Arguments& arguments) {
  Input input{arguments.id<SessionId>("session"), arguments.optional_text("scope")};
  if (arguments.optional_text("user")) input.user = arguments.id<UserId>("user");
  input.everybody = arguments.flag("everybody", false);
  return input;
}

base::Result<TakenBack> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(session, live_session(services, caller, input.session, Role::participant));
  if (input.everybody && input.user) {
    return base::Error{base::Code::invalid_request, "One person's, or everybody's: not both.", "leave one out"};
  }
  const bool own = !input.everybody && (!input.user || *input.user == caller.user);
  if (!own && session.owner != caller.user) {
    return base::Error{base::Code::forbidden, "These grants are somebody else's.",
                       "let them or the session's owner revoke them"};
  }
  policy::RevokeGrants what{std::nullopt, input.scope};
  if (!input.everybody) what.actor = input.user.value_or(caller.user);
  TakenBack taken;
  X1_TRY(committed, services.store.transaction([&]() -> Status {
    X1_TRY(count, revoke_all(services, session.id, what, caller.user));
    taken.grants = count;
    return base::Done{};
  }));
  services.announcer.control_waits(session.id);
  return taken;
}

}  // namespace revoke_grants

namespace revoke_own_grants {

Input read(const Arguments& arguments) { return {arguments.optional_text("scope")}; }

base::Result<TakenBack> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(sessions, services.store.sessions().of(caller.user));
  TakenBack taken;
  X1_TRY(committed, services.store.transaction([&]() -> Status {
    for (const auto& session : sessions) {
      if (session.state != SessionState::starting && session.state != SessionState::running) continue;
      X1_TRY(count, revoke_all(services, session.id, {std::nullopt, input.scope, caller.user}, caller.user));
      taken.grants += count;
    }
    return base::Done{};
  }));
  for (const auto& session : sessions)
    services.announcer.control_waits(session.id);
  return taken;
}

}  // namespace revoke_own_grants

}  // namespace x1::api
