// TerminalFilter: what an agent writes, made safe for a person's terminal. An allow-list, sans-I/O: text, line ends,
// colours, cursor movement, erasing and a few modes pass; everything else that a terminal could act on is dropped:
// queries that it would answer into the agent's input (DA, DSR, DECRQSS, ENQ), titles, clipboard (OSC 52), hyperlinks,
// device control strings, character sets, scroll regions, resets, mouse reports, clearing of the scroll-back.
// Sequences after ECMA-48 and the xterm control sequences document; only ones that are whole and understood come out.
#pragma once

#include <string>
#include <string_view>

namespace x1::cli {

class TerminalFilter {
 public:
  // The bytes that may be shown. Does not depend on how the input is cut. Never longer than three bytes for one.
  [[nodiscard]] std::string feed(std::string_view bytes);

  // What a terminal needs to be plain again, for a question of ours: no colour, visible cursor, main screen.
  [[nodiscard]] std::string_view leave() const noexcept;
  // What it needs to be as the agent left it.
  [[nodiscard]] std::string_view resume() const noexcept;
  // Whether the agent draws a full screen of its own, and so has to draw it again after a question.
  [[nodiscard]] bool on_alternate_screen() const noexcept { return alternate_; }

 private:
  // string: OSC, DCS, SOS, PM and APC, whose content is dropped up to BEL or ST.
  enum class State { text, utf8, escape, escape_intermediate, csi, string, string_escape };

  void take(unsigned char byte, std::string& out);
  void take_text(unsigned char byte, std::string& out);
  void take_utf8(unsigned char byte, std::string& out);
  void take_escape(unsigned char byte, std::string& out);
  void take_csi(unsigned char byte, std::string& out);
  void take_string(unsigned char byte) noexcept;
  void finish_csi(char final, std::string& out);

  State state_ = State::text;
  std::string held_;  // of one unfinished sequence or character, bounded
  std::size_t utf8_length_ = 0;
  bool alternate_ = false;
  bool csi_refused_ = false;  // what comes is dropped, but its end is still looked for
};

}  // namespace x1::cli
