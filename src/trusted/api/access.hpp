// Access: whose thing it is. What is not yours is not found: its existence is nobody else's business.
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

[[nodiscard]] base::Result<Session> own_session(Services& services, const Caller& caller, const SessionId& id);
// The same, while it is starting or running; conflict otherwise.
[[nodiscard]] base::Result<Session> live_session(Services& services, const Caller& caller, const SessionId& id);

}  // namespace x1::api
