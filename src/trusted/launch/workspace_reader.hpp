// Reads what an agent left in its overlay's upper layer, and applies what the person chose. The layer is hostile data:
// only a child opens it, which has the agent's own id, no capability, and can reach nothing but that layer and a pipe.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "launch/control_frames.hpp"
#include "launch/layout.hpp"

namespace x1::launch {

inline constexpr std::size_t max_changes = 10'000;
inline constexpr std::uint64_t max_applied_file_bytes = 64ULL << 20;

// not_found: no such session, or it had no folder of a person. too_large: more than max_changes.
[[nodiscard]] boost::asio::awaitable<base::Result<control::Changes>> read_changes(const Layout& layout,
                                                                                  std::string session);

// How many were applied. The first that fails ends it: what was applied before stays, and the error names the path.
// One at a time: the files on their way have one name.
[[nodiscard]] boost::asio::awaitable<base::Result<std::uint32_t>> apply_changes(const Layout& layout,
                                                                                std::string session,
                                                                                std::vector<std::string> paths);

}  // namespace x1::launch
