// Which folder a person may lay open to an agent.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace x1::launch {

struct SharedFolder {
  std::string path;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};

// Pure: neither the root, nor a folder that holds the state or lies in it. Paths are absolute and resolved.
[[nodiscard]] base::Status may_share(const std::string& folder, const std::string& state);

// Looks at the folder behind this descriptor. For an ordinary user it must be their own, as nobody else's can be
// shown to the agent as its own.
[[nodiscard]] base::Result<SharedFolder> look_at_folder(int folder, const std::string& state, bool machine_root);

}  // namespace x1::launch
