// What a provider answered, read strictly. Its bytes come from a process that an attacker may have written, by way of
// the broker, which parses nothing: here they become one of three typed values, or a failure.
#pragma once

#include <cstdint>
#include <string_view>

#include "seam/gate.hpp"

namespace x1::gate {

inline constexpr std::size_t max_provider_bytes = 4 << 20;
inline constexpr std::size_t max_provider_requests = 16;
inline constexpr std::size_t max_provider_state = 16 * 1024;
inline constexpr std::size_t max_provider_headers = 16;

// {"result": {…}} · {"http": [{method, target, headers?, body? | body_base64?}…], "state"?} · {"error": {code,
// message}}. What else is there, or is missing, is a ProviderFailed with code provider_error. Of the codes that a
// provider may name itself, only those that say something about its own work pass (a provider can't say
// permission_denied).
[[nodiscard]] seam::gate::ToBroker read_provider(std::uint64_t parse, std::string_view bytes);

}  // namespace x1::gate
