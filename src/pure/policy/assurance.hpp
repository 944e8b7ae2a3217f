// Assurance: what a scope demands beyond a yes that the API carries. The manifest says it, the challenge carries it.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace x1::policy {

// terminal: an assertion by a key of the `x1` program, which shows the sidecar's own signed question before it asks.
// passkey: an assertion by any key that the vault has pinned for the person.
enum class Assurance { none, terminal, passkey };
[[nodiscard]] std::string_view to_string(Assurance assurance) noexcept;
[[nodiscard]] base::Result<Assurance> assurance_from(std::string_view text);

}  // namespace x1::policy
