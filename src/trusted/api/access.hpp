// Access: whose thing it is, and who may do what in a session. What is not yours is not found: its existence is nobody
// else's business.
#pragma once

#include <string_view>

#include "api/services.hpp"

namespace x1::api {

[[nodiscard]] base::Error not_found(std::string_view what);

// The record, or not_found naming `what` ("session").
template <class T>
[[nodiscard]] base::Result<T> required(Maybe<T> found, std::string_view what) {
  if (!found.ok()) return std::move(found).error();
  if (!found->has_value()) return not_found(what);
  return std::move(**found);
}

// The one question of who may do what in a session: the session, when the caller's role in it is at least `least`.
// Fails with not_found for who is not in it, and with forbidden for who is, in a lesser role.
[[nodiscard]] base::Result<Session> session_for(Services& services, const Caller& caller, const SessionId& id,
                                                Role least);
// The same, while it is not over; conflict otherwise.
[[nodiscard]] base::Result<Session> live_session(Services& services, const Caller& caller, const SessionId& id,
                                                 Role least);

}  // namespace x1::api
