// By which keys the API is believed: keys/api.json, which the supervisor alone writes. The private half of the present
// one (api/signing.seed) is made here at the first start; every later one the API makes itself (key_rotation.hpp).
#pragma once

#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "launch/layout.hpp"
#include "policy/key_set.hpp"

namespace x1::launch {

// Makes what is not there yet, and puts in order what a rotation that was cut short has left. A key of the API that
// keys/api.json does not name is storage_failed: nobody but the supervisor makes one believed.
[[nodiscard]] base::Result<policy::KeySet> settle_api_keys(const Layout& layout, base::TimePoint now);

[[nodiscard]] base::Result<policy::KeySet> read_api_keys(const std::string& path);
[[nodiscard]] base::Status keep_api_keys(const Layout& layout, const policy::KeySet& keys);

// As a command line says them: to the vault all, for it serves every session and hears when that began; to a session's
// broker those that may have signed something for it.
[[nodiscard]] base::Result<std::string> keys_for_vault(const Layout& layout);
[[nodiscard]] base::Result<std::string> keys_for_session(const Layout& layout, base::TimePoint began);

}  // namespace x1::launch
