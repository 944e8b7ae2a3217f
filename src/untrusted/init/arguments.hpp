// x1-init's command line: what to seal against, and what to run.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "seal/landlock.hpp"
#include "seal/profiles.hpp"

namespace x1::init {

struct Arguments {
  seal::Profile profile = seal::Profile::agent;
  std::vector<std::string> read = {};       // --ro PATH: read and execute, beyond the list of the profile
  std::vector<std::string> write = {};      // --rw PATH
  std::vector<std::uint16_t> connect = {};  // --connect PORT: only these TCP ports (a cluster; Landlock ABI 4)
  std::vector<int> keep = {};               // --keep FD: descriptors the command inherits beside 0, 1 and 2
  int report = -1;                          // --report FD: a failure is also written here; closes when the command runs
  int filter = -1;                          // --filter FD: the profile's filter, compiled already
  int max_landlock_abi = seal::landlock_newest;
  bool without_seccomp = false;   // given by a weaken token of the sandbox only
  bool without_landlock = false;  // the same
  std::vector<std::string> command = {};
};

// invalid_request with the usage when something is missing or unknown.
[[nodiscard]] base::Result<Arguments> parse(std::span<const std::string_view> words);

}  // namespace x1::init
