// The consent dialog as text: one pure function of the challenge, used by the terminal, the web and the audit.
// Nothing is truncated. Characters that could deceive (bidi controls, ANSI escapes, zero-width, other control
// characters, look-alike letters in host names) are written visibly, as <U+202E>.
#pragma once

#include <string>
#include <string_view>

#include "policy/challenge.hpp"
#include "policy/manifest.hpp"

namespace x1::policy {

// Text from outside, made safe and honest to show on a terminal: one line stays one line.
[[nodiscard]] std::string visible(std::string_view text);
// The same for text of several lines: '\n' is kept, everything else as above.
[[nodiscard]] std::string visible_lines(std::string_view text);

[[nodiscard]] std::string render_dialog(const Challenge& challenge, const Manifest* manifest);

}  // namespace x1::policy
