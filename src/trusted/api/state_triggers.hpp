// State triggers: what the database itself refuses of the life of a turn, a question and a grant, whoever writes to it.
#pragma once

#include <string_view>

namespace x1::api {

// SQL; puts the triggers of schema/states.toml in the place of any of an earlier version.
[[nodiscard]] std::string_view state_triggers() noexcept;

}  // namespace x1::api
