// uninstall: removes the state folder with everything that it holds. The caller has asked the person before.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace x1::launch {

struct Uninstall {
  std::string state;  // what would be removed
  std::vector<std::string>
      packages;  // system packages that the set-up installed (STATE/packages, or the build's list); they stay
};

// Fails with not_found when there is no state, conflict while the platform runs, storage_failed when the folder is
// none of ours (it has no `lock`).
[[nodiscard]] base::Result<Uninstall> plan_uninstall(const std::string& state);
// Removes it: also what belongs to subordinate uids, which an ordinary user could not remove by hand.
[[nodiscard]] base::Status uninstall(const Uninstall& plan);

}  // namespace x1::launch
