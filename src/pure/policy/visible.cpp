#include "policy/visible.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "policy/dialog.hpp"

namespace x1::policy {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

template <std::size_t n>
bool is_in(const std::array<Range, n>& ranges, char32_t point) noexcept {
  return std::ranges::any_of(ranges, [&](const Range& range) { return point >= range.first && point <= range.last; });
}

// What is invisible, changes how its neighbours are drawn, looks like a space, or could imitate the dialog's frame.
constexpr std::array deceiving{
    Range{0x0000, 0x001f},     // controls: ANSI escapes begin with one
    Range{0x007f, 0x00a0},     // DEL, C1 controls, no-break space
    Range{0x00ad, 0x00ad},     // soft hyphen
    Range{0x034f, 0x034f},     // combining grapheme joiner
    Range{0x061c, 0x061c},     // Arabic letter mark
    Range{0x115f, 0x1160},     // Hangul fillers
    Range{0x1680, 0x1680},     // Ogham space
    Range{0x17b4, 0x17b5},     // invisible Khmer vowels
    Range{0x180b, 0x180f},     // Mongolian selectors and separator
    Range{0x2000, 0x200f},     // spaces, zero-width, directional marks
    Range{0x2028, 0x202f},     // separators, bidi embeddings, narrow space
    Range{0x205f, 0x206f},     // space, invisible operators, bidi isolates
    Range{0x2500, 0x259f},     // box drawing and blocks
    Range{0x2800, 0x2800},     // empty braille
    Range{0x3000, 0x3000},     // ideographic space
    Range{0x3164, 0x3164},     // Hangul filler
    Range{0xd800, 0xf8ff},     // surrogates, private use
    Range{0xfe00, 0xfe0f},     // variation selectors
    Range{0xfeff, 0xfeff},     // byte order mark
    Range{0xffa0, 0xffa0},     // Hangul filler
    Range{0xfff0, 0xffff},     // annotations, replacement, noncharacters
    Range{0x1bca0, 0x1bca3},   // shorthand controls
    Range{0x1d173, 0x1d17a},   // musical controls
    Range{0xe0000, 0x10ffff},  // tags, selectors, private use
};

// Marks drawn on the letter before them. More than two on one letter only pile up.
constexpr std::array marks{
    Range{0x0300, 0x036f},   Range{0x0483, 0x0489},   Range{0x0591, 0x05bd}, Range{0x05bf, 0x05c7},
    Range{0x0610, 0x061a},   Range{0x064b, 0x065f},   Range{0x0670, 0x0670}, Range{0x06d6, 0x06dc},
    Range{0x06df, 0x06e8},   Range{0x06ea, 0x06ed},   Range{0x0730, 0x074a}, Range{0x07a6, 0x07b0},
    Range{0x07eb, 0x07f3},   Range{0x0816, 0x082d},   Range{0x0859, 0x085b}, Range{0x0898, 0x089f},
    Range{0x08ca, 0x08ff},   Range{0x0e31, 0x0e31},   Range{0x0e34, 0x0e3a}, Range{0x0e47, 0x0e4e},
    Range{0x0eb1, 0x0eb1},   Range{0x0eb4, 0x0ebc},   Range{0x0ec8, 0x0ece}, Range{0x0f18, 0x0f19},
    Range{0x0f35, 0x0f39},   Range{0x0f71, 0x0f84},   Range{0x0f8d, 0x0fbc}, Range{0x102d, 0x1030},
    Range{0x1032, 0x103e},   Range{0x135d, 0x135f},   Range{0x17b7, 0x17d3}, Range{0x1ab0, 0x1aff},
    Range{0x1dc0, 0x1dff},   Range{0x20d0, 0x20ff},   Range{0x2cef, 0x2cf1}, Range{0x2de0, 0x2dff},
    Range{0x302a, 0x302f},   Range{0x3099, 0x309a},   Range{0xa66f, 0xa67d}, Range{0xa69e, 0xa69f},
    Range{0xa8e0, 0xa8f1},   Range{0xfb1e, 0xfb1e},   Range{0xfe20, 0xfe2f}, Range{0x1d165, 0x1d169},
    Range{0x1e8d0, 0x1e8d6}, Range{0x1e944, 0x1e94a},
};

constexpr std::array wide{
    Range{0x1100, 0x115f},   Range{0x2e80, 0x303e},   Range{0x3041, 0xa4cf}, Range{0xac00, 0xd7a3},
    Range{0xf900, 0xfaff},   Range{0xfe30, 0xfe6f},   Range{0xff00, 0xff60}, Range{0xffe0, 0xffe6},
    Range{0x1f300, 0x1faff}, Range{0x20000, 0x3fffd},
};

bool is_mark(char32_t point) noexcept {
  if (is_in(marks, point)) return true;
  // The Indic blocks, 0x80 long each, have their marks at the same places.
  if (point < 0x0900 || point > 0x0dff) return false;
  const auto place = point & 0x7fU;
  return place <= 0x02 || place == 0x3c || (place >= 0x41 && place <= 0x4d) || (place >= 0x51 && place <= 0x57) ||
         place == 0x62 || place == 0x63;
}

constexpr std::size_t max_marks = 2;
constexpr std::size_t max_spaces = 8;

// "<U+202E>", a stray byte as "<0xFF>", many of the same as "<U+200B x500>".
void append_escape(std::string& out, const CodePoint& point, std::size_t times) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  out.append(point.valid ? "<U+" : "<0x");
  const unsigned least = point.valid ? 4 : 2;
  unsigned count = 6;
  while (count > least && (point.value >> (4 * (count - 1))) == 0)
    --count;
  for (; count > 0; --count)
    out.push_back(digits[(point.value >> (4 * (count - 1))) & 0xfU]);
  if (times > 1) out.append(" x").append(std::to_string(times));
  out.push_back('>');
}

// How many times the text begins with `unit`.
std::size_t repeats(std::string_view text, std::string_view unit) noexcept {
  std::size_t count = 0;
  for (; text.starts_with(unit); text.remove_prefix(unit.size()))
    ++count;
  return count;
}

// A text that writes an escape of its own does not get away with it.
bool imitates_escape(std::string_view text) noexcept {
  return text.starts_with("<U+") || (text.size() > 1 && text[0] == '<' && text[1] >= '0' && text[1] <= '9');
}

}  // namespace

CodePoint first_code_point(std::string_view text) noexcept {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (text.size() < bytes || !base::is_utf8(text.substr(0, bytes))) return {lead, 1, false};
  char32_t value = lead & (0xffU >> (bytes + 1));
  for (const char c : text.substr(1, bytes - 1))
    value = (value << 6U) | (static_cast<unsigned char>(c) & 0x3fU);
  return {value, bytes, true};
}

std::size_t columns(char32_t point) noexcept {
  if (is_mark(point)) return 0;
  return is_in(wide, point) ? 2 : 1;
}

std::string make_visible(std::string_view text, Visibility how) {
  std::string out;
  out.reserve(text.size());
  std::size_t marks_before = max_marks;  // a mark with no letter before it is shown as well
  while (!text.empty()) {
    const auto point = first_code_point(text);
    const auto unit = text.substr(0, point.bytes);
    if (point.value == '\n' && how.keep_newlines) {
      out.push_back('\n');
      text.remove_prefix(1);
      marks_before = max_marks;
      continue;
    }
    const bool mark = point.valid && is_mark(point.value);
    bool escape = !point.valid || is_in(deceiving, point.value) || imitates_escape(text) ||
                  (how.ascii_only && point.value > 0x7e) || (mark && marks_before >= max_marks);
    std::size_t times = 1;
    if (point.value == ' ') {
      times = repeats(text, unit);
      const bool at_end = times == text.size() || (how.keep_newlines && text[times] == '\n');
      escape = how.show_padding && (at_end || times > max_spaces);
    } else if (escape && !imitates_escape(text)) {
      times = repeats(text, unit);
    }
    if (escape) {
      append_escape(out, point, times);
    } else {
      out.append(text.substr(0, times * point.bytes));
    }
    marks_before = escape || point.value == ' ' ? max_marks : mark ? marks_before + 1 : 0;
    text.remove_prefix(times * point.bytes);
  }
  return out;
}

std::string visible(std::string_view text) { return make_visible(text, {}); }
std::string visible_lines(std::string_view text) { return make_visible(text, {.keep_newlines = true}); }

}  // namespace x1::policy
