// Manifests: the YAML files that come with the installed providers, as the JSON that API and broker read.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace x1::launch {

// Reads every FOLDER/*/manifest.yaml and writes TO/<domain>.json. A manifest that does not read stops the start and
// names file and line; two manifests of one domain are a conflict.
[[nodiscard]] base::Status write_manifests(const std::string& folder, const std::string& to);

}  // namespace x1::launch
