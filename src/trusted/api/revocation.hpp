// Taking grants back: one of a person's, all of a scope, a person or a session, or all that a connection gave when it
// is forgotten.
#pragma once

#include <vector>

#include "api/services.hpp"

namespace x1::api {

// The control to the broker and the state `revoking`, or, when the session is over, the state `revoked` at once; and a
// row in `by`'s name. In the present transaction; whoever commits it announces control_waits of the grant's session.
[[nodiscard]] Status revoke(Services& services, const GrantRecord& grant, const UserId& by);

// All in a session that goes on that `what` is about, and every yes under it that is on its way: one control to the
// broker, and a row in `by`'s name. Gives how many were live, as far as is known here. In the present transaction;
// whoever commits it announces control_waits.
[[nodiscard]] base::Result<std::uint64_t> revoke_all(Services& services, const SessionId& session,
                                                     const policy::RevokeGrants& what, const UserId& by);

// In every session that is starting or running: revokes the live grants on this connection, and denies the questions
// about it that wait. In the present transaction. Gives the sessions for which control_waits is to be announced.
[[nodiscard]] List<SessionId> withdraw(Services& services, const ConnectionRecord& connection);

}  // namespace x1::api
