#include "cli/terminal_filter.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <regex>
#include <string>
#include <vector>

#include "base/encoding.hpp"

namespace x1::cli {
namespace {

std::string shown(std::string_view bytes) { return TerminalFilter().feed(bytes); }

// What may ever reach the person's terminal, said a second time and in another way than the filter does.
bool is_harmless(const std::string& text) {
  static const std::regex sequence(
      "\x1b(?:[78M]|\\[(?:[0-9;:]*m|[0-9;]*[ABCDEFGHde`afLMPX@]|[012]?[JK]|[su]|\\?(?:25|1049|2004)[hl]))");
  const auto rest = std::regex_replace(text, sequence, "");
  if (!base::is_utf8(rest)) return false;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const auto byte = static_cast<unsigned char>(rest[i]);
    const bool line = byte == '\n' || byte == '\r' || byte == '\t' || byte == '\b';
    if ((byte < 0x20 && !line) || byte == 0x7f) return false;
    if (byte == 0xc2 && static_cast<unsigned char>(rest[i + 1]) < 0xa0) return false;
  }
  return true;
}

const std::vector<std::string>& attacks() {
  static const std::vector<std::string> corpus{
      "\x1b]0;title\x07",
      "\x1b]52;c;cGFzdGU=\x07",
      "\x1b]52;c;?\x1b\\",
      "\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\",
      "\x1b]1337;File=inline=1:AAAA\x07",
      "\x1bP$qm\x1b\\",
      "\x1bP+q544e\x1b\\",
      "\x1b_payload\x1b\\",
      "\x1b^private\x1b\\",
      "\x1bXstart\x1b\\",
      "\x1b[c",
      "\x1b[>c",
      "\x1b[=c",
      "\x1b[0c",
      "\x1b[5n",
      "\x1b[6n",
      "\x1b[?6n",
      "\x1b[21t",
      "\x1b[8;1;1t",
      "\x1b[?1000h",
      "\x1b[?1004h",
      "\x1b[?1049;1000h",
      "\x1b[4h",
      "\x1b[20h",
      "\x1b[1;2r",
      "\x1b[3J",
      "\x1b[!p",
      "\x1b[ q",
      "\x1b[1$r",
      "\x1b[>4;2m",
      "\x1b[?1m",
      "\x1b[99999A",
      "\x1b[2 A",
      "\x1b(0",
      "\x1b)B",
      "\x1b%G",
      "\x1b#8",
      "\x1b"
      "c",
      "\x1bZ",
      "\x1b=",
      "\x1bN",
      "\x05",
      "\x0e",
      "\x0f",
      "\x07",
      "\x7f",
      "\xc2\x9b"
      "6n",
      "\xc2\x9d"
      "0;t\xc2\x9c",
      "\x9b"
      "6n",
      "\xe2\x28\xa1",
      "\xc0\xaf",
      "\xed\xa0\x80",
      "\xf4\x90\x80\x80",
      "\x1b[\x1b[6n",
      "\x1b[1;\x1b]0;x\x07",
      "\x1b[3\x18"
      "1m",
      "\x1b]0;never ends",
      "\x1b[6\nn",
      "\x1b\x1b[6n",
      "\x1b]0;x\x1b[6n\x07",
      std::string("\0", 1),
  };
  return corpus;
}

}  // namespace

TEST_CASE("text, line ends, colours and cursor movement pass unchanged") {
  for (const std::string text :
       {"plain text\r\n\ttab\b", "\x1b[31mred\x1b[0m", "\x1b[38;5;196mx\x1b[m", "\x1b[38:2::1:2:3mx", "\x1b[2;5H",
        "\x1b[3A\x1b[K\x1b[2J", "\x1b[?25l\x1b[?25h", "\x1b[?1049h\x1b[?1049l",
        "\x1b"
        "7x\x1b"
        "8",
        "grüße 日本 🙂"}) {
    CAPTURE(text);
    CHECK(shown(text) == text);
  }
}

TEST_CASE("what asks the terminal to answer, act or lie is dropped whole") {
  CHECK(shown("a\x1b]0;title\x07"
              "b") == "ab");
  CHECK(shown("a\x1b]52;c;cGFzdGU=\x1b\\b") == "ab");
  CHECK(shown("a\x1bP$qm\x1b\\b") == "ab");
  CHECK(shown("a\x1b[6nb\x1b[cb") == "abb");
  CHECK(shown("a\x1b(0qqq\x0fz") == "aqqqz");
  CHECK(shown("a\x05\x07z") == "az");
  CHECK(shown("a\xc2\x9b"
              "6nz") == "a6nz");
  CHECK(shown("a\xffz") == "a\xef\xbf\xbdz");
  CHECK(shown("a\x1b[3Jz") == "az");
  CHECK(shown("a\x1b"
              "cz") == "az");
  CHECK(shown("a\x1b[?1000;25hz") == "az");
}

TEST_CASE("nothing harmful comes out, whatever is strung together and however it is cut") {
  rc::check("strung from attacks, noise and text", [] {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::oneOf(
        rc::gen::elementOf(attacks()), rc::gen::arbitrary<std::string>(),
        rc::gen::container<std::string>(rc::gen::elementOf(std::string("\x1b\x1b[[]0123;:?>mhHJcn\\\x07\x9b\xc2 x")))));
    std::string input;
    for (const auto& piece : pieces)
      input += piece;
    const auto whole = shown(input);
    RC_ASSERT(is_harmless(whole));
    RC_ASSERT(whole.size() <= 3 * input.size());
    RC_ASSERT(shown(whole) == whole);

    TerminalFilter cut;
    std::string parts;
    for (std::size_t at = 0; at < input.size();) {
      const auto size = *rc::gen::inRange<std::size_t>(1, 9);
      parts += cut.feed(std::string_view(input).substr(at, size));
      at += size;
    }
    RC_ASSERT(parts == whole);
  });
  for (const auto& attack : attacks()) {
    CAPTURE(attack);
    CHECK(is_harmless(shown(attack)));
    CHECK(is_harmless(shown(attack + "text" + attack)));
  }
}

TEST_CASE("an unfinished sequence holds a bounded number of bytes and swallows no later line for ever") {
  TerminalFilter filter;
  CHECK(filter.feed("\x1b[" + std::string(1'000'000, '1')).empty());
  CHECK(filter.feed("m").empty());
  CHECK(filter.feed("back\n") == "back\n");
}

TEST_CASE("before a question of ours the terminal is plain, and afterwards as the agent left it") {
  TerminalFilter filter;
  CHECK(filter.leave().find("\x1b[0m") != std::string_view::npos);
  CHECK(filter.resume().empty());
  static_cast<void>(filter.feed("\x1b[?1049h"));
  CHECK(filter.on_alternate_screen());
  CHECK(filter.leave().starts_with("\x1b[?1049l"));
  CHECK(filter.resume().starts_with("\x1b[?1049h"));
}

}  // namespace x1::cli
