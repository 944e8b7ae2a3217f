// How text from outside is made visible, in its parts: what dialog.hpp's visible() and the layout of the dialog share.
#pragma once

#include <string>
#include <string_view>

namespace x1::policy {

struct Visibility {
  bool keep_newlines = false;
  // Also shows what is only too much space to be seen: runs of more than eight spaces, and spaces at the end.
  bool show_padding = false;
  // Nothing but ASCII, for names of hosts: no letter can look like another.
  bool ascii_only = false;
};
// Different texts stay different, whatever the setting.
[[nodiscard]] std::string make_visible(std::string_view text, Visibility how);

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;
  bool valid = false;  // otherwise `value` is one stray byte
};
// The code point that `text`, not empty, begins with.
[[nodiscard]] CodePoint first_code_point(std::string_view text) noexcept;

// Columns of a terminal that a code point takes: 0, 1 or 2.
[[nodiscard]] std::size_t columns(char32_t point) noexcept;

}  // namespace x1::policy
