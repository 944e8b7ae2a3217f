// Departure: somebody is no more in a session, and nothing of theirs goes on in it.
#pragma once

#include "api/services.hpp"

namespace x1::api {

// Closes their turns that wait, cancels the one that is open, revokes their grants in the session, denies the questions
// to them that wait, takes back their yes that is on its way, and takes away their membership; their streams end. Who
// is removed takes the session's open invitations that they could use with them. In one transaction, in the name of
// `by`: themselves or the owner. Announces what follows. Fails with not_found (not in it), or conflict (the owner, who
// can't leave, but ends the session).
[[nodiscard]] Status depart(Services& services, const Session& session, const UserId& user, const UserId& by);

// Of one person, or of everybody: those that wait are closed, the one that is open is cancelled. In the present
// transaction.
[[nodiscard]] Status end_turns(Services& services, const SessionId& session, const std::optional<UserId>& of,
                               const UserId& by);

}  // namespace x1::api
