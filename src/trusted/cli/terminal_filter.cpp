#include "cli/terminal_filter.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"

namespace x1::cli {
namespace {

constexpr std::size_t max_csi_bytes = 64;
constexpr std::size_t max_digits = 4;
constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD

constexpr unsigned char escape_byte = 0x1b;
constexpr unsigned char bell = 0x07;
constexpr unsigned char cancel = 0x18;
constexpr unsigned char substitute = 0x1a;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Numbers of at most four digits between separators; nothing else.
bool are_numbers(std::string_view parameters, bool colons) noexcept {
  std::size_t digits = 0;
  for (const char c : parameters) {
    if (is_digit(c)) {
      if (++digits > max_digits) return false;
    } else if (c == ';' || (colons && c == ':')) {
      digits = 0;
    } else {
      return false;
    }
  }
  return true;
}

// Modes that change how the screen looks and nothing that is sent back: cursor, full screen, and bracketed paste,
// which is for the agent's own input line.
bool is_mode(std::string_view parameters) noexcept {
  constexpr std::array<std::string_view, 3> modes{"?25", "?1049", "?2004"};
  return std::ranges::find(modes, parameters) != modes.end();
}

// Erasing the scroll-back (3) would take away what the person has seen and agreed to.
bool is_erase(std::string_view parameters) noexcept {
  return parameters.empty() || parameters == "0" || parameters == "1" || parameters == "2";
}

bool is_allowed_csi(std::string_view parameters, char final) noexcept {
  constexpr std::string_view movements = "ABCDEFGHde`afLMPX@";
  if (final == 'm') return are_numbers(parameters, true);
  if (final == 'h' || final == 'l') return is_mode(parameters);
  if (final == 'J' || final == 'K') return is_erase(parameters);
  if (final == 's' || final == 'u') return parameters.empty();
  return movements.find(final) != std::string_view::npos && are_numbers(parameters, false);
}

std::size_t utf8_length(unsigned char lead) noexcept {
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

// U+0080 to U+009F: control characters again, among them the one-byte forms of CSI and OSC.
bool is_c1(std::string_view character) noexcept {
  return character.size() == 2 && character[0] == '\xc2' && static_cast<unsigned char>(character[1]) < 0xa0;
}

}  // namespace

std::string TerminalFilter::feed(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (const char c : bytes)
    take(static_cast<unsigned char>(c), out);
  return out;
}

void TerminalFilter::take(unsigned char byte, std::string& out) {
  switch (state_) {
    case State::text: return take_text(byte, out);
    case State::utf8: return take_utf8(byte, out);
    case State::escape: return take_escape(byte, out);
    case State::escape_intermediate:
      // ESC ( 0 and the like: character sets and announcements, dropped with their last byte.
      if (byte < 0x20 || byte > 0x2f) state_ = State::text;
      if (byte < 0x20 || byte > 0x7e) take_text(byte, out);
      return;
    case State::csi: return take_csi(byte, out);
    case State::string:
    case State::string_escape: return take_string(byte);
  }
}

void TerminalFilter::take_text(unsigned char byte, std::string& out) {
  state_ = State::text;
  if (byte == escape_byte) {
    state_ = State::escape;
  } else if (byte >= 0x20 && byte < 0x7f) {
    out.push_back(static_cast<char>(byte));
  } else if (byte == '\n' || byte == '\r' || byte == '\t' || byte == '\b') {
    out.push_back(static_cast<char>(byte));
  } else if (byte >= 0x80) {
    utf8_length_ = utf8_length(byte);
    if (utf8_length_ == 0) return static_cast<void>(out.append(replacement));
    held_.assign(1, static_cast<char>(byte));
    state_ = State::utf8;
  }
}

void TerminalFilter::take_utf8(unsigned char byte, std::string& out) {
  if (byte < 0x80 || byte > 0xbf) {
    out.append(replacement);
    return take_text(byte, out);
  }
  held_.push_back(static_cast<char>(byte));
  if (held_.size() < utf8_length_) return;
  state_ = State::text;
  if (is_c1(held_)) return;
  out.append(base::is_utf8(held_) ? std::string_view(held_) : replacement);
}

void TerminalFilter::take_escape(unsigned char byte, std::string& out) {
  state_ = State::text;
  if (byte == '[') {
    held_.clear();
    csi_refused_ = false;
    state_ = State::csi;
  } else if (byte == ']' || byte == 'P' || byte == 'X' || byte == '^' || byte == '_') {
    state_ = State::string;
  } else if (byte >= 0x20 && byte <= 0x2f) {
    state_ = State::escape_intermediate;
  } else if (byte == '7' || byte == '8' || byte == 'M') {
    out.push_back(static_cast<char>(escape_byte));
    out.push_back(static_cast<char>(byte));
  } else if (byte < 0x20 || byte > 0x7e) {
    take_text(byte, out);
  }
}

void TerminalFilter::take_csi(unsigned char byte, std::string& out) {
  if (byte < 0x20 || byte > 0x7e) return take_text(byte, out);  // broken off: nothing of it comes out
  if (byte >= 0x40) {
    state_ = State::text;
    return finish_csi(static_cast<char>(byte), out);
  }
  // An intermediate byte (0x20 to 0x2f) makes it another sequence, of which none is allowed.
  if (byte < 0x30 || held_.size() >= max_csi_bytes) csi_refused_ = true;
  if (!csi_refused_) held_.push_back(static_cast<char>(byte));
}

void TerminalFilter::finish_csi(char final, std::string& out) {
  if (csi_refused_ || !is_allowed_csi(held_, final)) return;
  if (held_ == "?1049") alternate_ = final == 'h';
  out.push_back(static_cast<char>(escape_byte));
  out.append("[").append(held_).push_back(final);
}

void TerminalFilter::take_string(unsigned char byte) noexcept {
  const bool ended =
      byte == bell || byte == cancel || byte == substitute || (state_ == State::string_escape && byte == '\\');
  if (ended) {
    state_ = State::text;
  } else {
    state_ = byte == escape_byte ? State::string_escape : State::string;
  }
}

std::string_view TerminalFilter::leave() const noexcept {
  return alternate_ ? "\x1b[?1049l\x1b[0m\x1b[?25h\x1b[?2004l\r\n" : "\x1b[0m\x1b[?25h\x1b[?2004l\r\n";
}

std::string_view TerminalFilter::resume() const noexcept { return alternate_ ? "\x1b[?1049h\x1b[2J" : ""; }

}  // namespace x1::cli
