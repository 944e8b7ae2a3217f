// For an ordinary user: a user namespace in which this process is uid 0 and 65536 subordinate ids are mapped, so that
// the rest is the same code as for the machine's root.
#pragma once

#include <cstdint>

#include "base/result.hpp"

namespace x1::sandbox {

// Ids of the namespace: 0 is the person, 1 to `ids` their subordinate ids. For the machine's root: all ids.
struct Ids {
  std::uint32_t first_free = 1;
  std::uint32_t count = 65536;
  bool is_machine_root = false;
};

// Does nothing for the machine's root. Otherwise moves the calling process, which must have one thread, into new user
// and mount namespaces. isolation_missing names the package `uidmap` or the file /etc/subuid when they are what is
// missing.
[[nodiscard]] base::Result<Ids> enter_user_namespace();

}  // namespace x1::sandbox
