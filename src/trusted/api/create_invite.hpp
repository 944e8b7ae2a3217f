// POST /sessions/{session}/invites: a token that lets somebody into the session once, told once.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api {

struct Invited {
  std::string token;
  SessionId session;
  Role role = Role::viewer;
  TimePoint expires;
};

}  // namespace x1::api

namespace x1::api::create_invite {

inline constexpr base::Duration invite_life = std::chrono::minutes(10);
inline constexpr std::uint64_t max_invites = 16;  // of a session, not used yet

struct Input {
  SessionId session;
  Role role = Role::participant;
  std::string name;  // of the only account that may use it; whether there is one is not told
};
[[nodiscard]] Input read(const Arguments& arguments);
// Fails with not_found, forbidden (not the owner), conflict (the session is over) or too_many.
[[nodiscard]] base::Result<Invited> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::create_invite
