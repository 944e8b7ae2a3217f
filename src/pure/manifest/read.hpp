// Reads a manifest from YAML, strictly: unknown and repeated keys, wrong types and dangling scope names are errors
// that name the line.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "policy/manifest.hpp"

namespace x1::manifest {

[[nodiscard]] base::Result<policy::Manifest> read(std::string_view yaml);

}  // namespace x1::manifest
