// The user namespace that an idmapped mount takes its mapping from: files of one owner are shown as another's.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace x1::sandbox {

struct OwnerMap {
  std::uint32_t from_uid = 0, from_gid = 0;  // on disk
  std::uint32_t to_uid = 0, to_gid = 0;      // as shown
};
// For the machine's root only. Owners other than `from` are shown as nobody.
[[nodiscard]] base::Result<os::Fd> make_owner_map(const OwnerMap& map);

}  // namespace x1::sandbox
