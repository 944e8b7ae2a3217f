#include "api/remove_member.hpp"

#include "api/access.hpp"
#include "api/departure.hpp"

namespace x1::api::remove_member {

Input read(const Arguments& arguments) { return {arguments.id<SessionId>("session"), arguments.id<UserId>("user")}; }

base::Result<base::Done> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(session, session_for(services, caller, input.session, Role::owner));
  return depart(services, session, input.user, caller.user);
}

}  // namespace x1::api::remove_member
