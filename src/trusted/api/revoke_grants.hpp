// POST /sessions/{session}/grants/revoke: takes back all of one's own in a session, or of a scope in it; its owner also
// somebody else's, or everybody's. POST /grants/revoke: all of one's own, in every session that goes on.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api {

// How many were live, as far as the API knew. A yes that was on its way is caught, too, and not counted.
struct TakenBack {
  std::uint64_t grants = 0;
};

namespace revoke_grants {

struct Input {
  SessionId session;
  std::optional<std::string> scope = {};
  std::optional<UserId> user = {};  // nothing: the caller's own
  bool everybody = false;
};
[[nodiscard]] Input read(const Arguments& arguments);
// Fails with not_found, forbidden (somebody else's, and not the owner), conflict (the session is over) or
// invalid_request (a person and everybody).
[[nodiscard]] base::Result<TakenBack> process(const Caller& caller, const Input& input, Services& services);

}  // namespace revoke_grants

namespace revoke_own_grants {

struct Input {
  std::optional<std::string> scope = {};
};
[[nodiscard]] Input read(const Arguments& arguments);
[[nodiscard]] base::Result<TakenBack> process(const Caller& caller, const Input& input, Services& services);

}  // namespace revoke_own_grants

}  // namespace x1::api
