// POST /challenges/{challenge}/approve: the person's yes to one question, which becomes a consent token.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::approve {

struct Input {
  ChallengeId challenge;
  crypto::Digest digest;  // of what the person saw
  policy::Lifetime lifetime = policy::Lifetime::once;
  std::optional<TimePoint> until;
  std::optional<std::string> within = {};     // the part of the account that the person chose
  std::optional<std::string> assertion = {};  // the touch, where the scope demands it; the broker verifies it
  policy::Limits limits = {};                 // neither is there: none
};
[[nodiscard]] Input read(const Arguments& arguments);
// Fails with not_found, passkey_required, forbidden (not the one who was asked), conflict (answered already, or another
// request was shown), expired, or invalid_request (lifetime, `until` and limits do not go together, or the part is none
// that can be chosen).
[[nodiscard]] base::Result<ChallengeRecord> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::approve
