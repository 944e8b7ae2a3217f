// Names of files that last: what a folder holds is as durable as the folder itself.
#pragma once

#include <string>

#include "base/result.hpp"

namespace x1::os {

// Makes durable which names are in it.
[[nodiscard]] base::Status flush_folder(const std::string& folder);
// In place of what `to` names, durably. Fails with not_found or storage_failed.
[[nodiscard]] base::Status rename_file(const std::string& from, const std::string& to);

}  // namespace x1::os
