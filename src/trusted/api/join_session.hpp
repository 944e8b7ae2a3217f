// POST /invites/join: an invitation makes the caller a member of its session.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::join_session {

inline constexpr std::size_t max_members = 16;  // of a session

struct Input {
  std::string invite;
};
[[nodiscard]] Input read(const Arguments& arguments);
// Fails with not_found (unknown, used, expired or for somebody else: it does not say which), conflict (the session is
// over, or the caller is in it) or too_many. Only an invitation that let somebody in is used up.
[[nodiscard]] base::Result<Member> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::join_session
