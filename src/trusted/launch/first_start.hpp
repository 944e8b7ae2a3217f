// first_start: makes whatever of the state folder is not there yet, each part owned by the one who needs it.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "launch/ids.hpp"
#include "launch/layout.hpp"

namespace x1::launch {

// The state folder and what the lock and the control socket need (run, log); before any namespace is entered.
[[nodiscard]] base::Status make_state_folder(const Layout& layout);

// The rest: component folders, keys, manifests from `providers` (each SUBFOLDER/manifest.yaml). Keys that are there
// stay as they are; manifests are read anew, as they belong to the installed programs.
[[nodiscard]] base::Status first_start(const Layout& layout, const OutsideIds& ids, const std::string& providers,
                                       base::TimePoint now);

// Makes a folder with this mode and owner; one that exists gets them. Fails when something else has that name.
[[nodiscard]] base::Status make_folder(const std::string& path, mode_t mode, uid_t owner);

}  // namespace x1::launch
