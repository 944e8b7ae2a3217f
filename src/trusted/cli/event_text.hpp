// Events as lines for a terminal. Pure. The agent's words are framed as the agent's, whatever they say; the platform's
// own lines begin with "x1 ·", which no line of the agent's can, because each of its lines has its frame.
#pragma once

#include <string>
#include <string_view>

#include "cli/event_feed.hpp"

namespace x1::cli {

// Zero or more whole lines; nothing for events that need no words.
[[nodiscard]] std::string to_text(const Event& event);
// One line of JSON, for --json.
[[nodiscard]] std::string to_json_line(const Event& event);
// Text of somebody, every line after `frame`, made visible.
[[nodiscard]] std::string framed(std::string_view frame, std::string_view text);

}  // namespace x1::cli
