// POST /challenges/{challenge}/deny: the person's no.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::deny {

struct Input {
  ChallengeId challenge;
  bool for_session = false;  // the like of it is not asked again in this session
};
[[nodiscard]] Input read(const Arguments& arguments);
// Fails with not_found, forbidden (not the one who was asked), conflict (answered already) or expired.
[[nodiscard]] base::Result<ChallengeRecord> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::deny
