// Landlock: which files and TCP ports a process may still touch, given as data and applied to the calling thread and
// all that it starts. It can only ever take away. See landlock(7); ABI 1 is kernel 5.13, 4 brings TCP, 6 scopes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace x1::seal {

// Everything that is not listed is refused. A path that does not exist is left out: nothing is granted by it.
struct LandlockRules {
  std::vector<std::string> read = {};       // read files, list folders
  std::vector<std::string> read_exec = {};  // the same, and execute
  std::vector<std::string> write = {};      // read, write, create, remove; and execute
  std::vector<std::string> devices = {};    // read, write and ioctl on existing nodes
  // ABI 4. Absent: TCP is left to the network namespace. Present: only these ports, on every address.
  std::optional<std::vector<std::uint16_t>> tcp_connect = std::nullopt;
  std::optional<std::vector<std::uint16_t>> tcp_bind = std::nullopt;
};

// The newest ABI this file knows how to use.
inline constexpr int landlock_newest = 7;

// What the kernel offers: 0 when there is no Landlock.
[[nodiscard]] int landlock_abi() noexcept;

// Applies the rules with at most `max_abi`. Sets no_new_privs. Fails with isolation_missing when there is no Landlock,
// or when TCP rules are asked for and the ABI is below 4. Returns the ABI that was used.
[[nodiscard]] base::Result<int> apply_landlock(const LandlockRules& rules, int max_abi = landlock_newest);

}  // namespace x1::seal
