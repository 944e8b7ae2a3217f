// What is said when something on a file fails.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace x1::os {

// "Opening /a/file failed: …", of errno as it is: not_found where nothing is there, storage_failed otherwise.
[[nodiscard]] base::Error path_error(std::string_view what, const std::string& path);

}  // namespace x1::os
