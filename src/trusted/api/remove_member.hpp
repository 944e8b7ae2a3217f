// DELETE /sessions/{session}/members/{user}: the owner of a session takes somebody out of it.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::remove_member {

struct Input {
  SessionId session;
  UserId user;
};
[[nodiscard]] Input read(const Arguments& arguments);
// Fails with not_found, forbidden (not the owner) or conflict (the owner can't be removed).
[[nodiscard]] base::Result<base::Done> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::remove_member
