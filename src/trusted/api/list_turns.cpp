#include "api/list_turns.hpp"

#include "api/access.hpp"

namespace x1::api::list_turns {

Input read(const Arguments& arguments) { return {arguments.id<SessionId>("session")}; }

base::Result<std::vector<Turn>> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(session, session_for(services, caller, input.session, Role::viewer));
  return services.store.turns().unfinished(session.id);
}

}  // namespace x1::api::list_turns
