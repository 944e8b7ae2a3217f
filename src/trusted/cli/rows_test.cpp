#include "cli/rows.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "cli/event_text.hpp"
#include "policy/visible.hpp"

using namespace x1::cli;

namespace {

// The rows that a screen of that width shows.
std::vector<std::string> on_screen(std::string_view text, std::size_t columns) {
  std::vector<std::string> rows(1);
  std::size_t at = 0;
  while (!text.empty()) {
    const auto point = x1::policy::first_code_point(text);
    const auto wide = x1::policy::columns(point.value);
    if (point.value == '\n' || at + wide > columns) {
      rows.emplace_back();
      at = 0;
    }
    if (point.value != '\n') {
      rows.back().append(text.substr(0, point.bytes));
      at += wide;
    }
    text.remove_prefix(point.bytes);
  }
  return rows;
}

}  // namespace

TEST_CASE("a line that fits stays as it is, and one that does not goes on behind a mark") {
  CHECK(in_rows("12345678901234567890\n1\n\n", 20) == "12345678901234567890\n1\n\n");
  CHECK(in_rows("123456789012345678901\n", 20) == "12345678901234567890\n  ┊ 1\n");
  CHECK(in_rows(std::string(36 + 17, 'x'), 20) ==
        std::string(20, 'x') + "\n  ┊ " + std::string(16, 'x') + "\n  ┊ " + std::string(16, 'x') + "\n  ┊ x");
}

TEST_CASE("a line across the page ends where the screen does") {
  std::string line;
  std::string fits;
  for (int i = 0; i < 100; ++i) {
    line += "─";
    if (i < 40) fits += "─";
  }
  CHECK(in_rows(line + "\n" + line + "\nx\n", 40) == fits + "\n" + fits + "\nx\n");
  CHECK(in_rows(" " + line + "\n", 41) == " " + fits + "\n");
  CHECK(in_rows(line + "x\n", 40) == fits + "\n  ┊ x\n");
}

TEST_CASE("what is no screen has no edge, and a screen of no width is taken for a narrow one") {
  const std::string line(300, 'x');
  CHECK(in_rows(line, 0) == line);
  CHECK(in_rows(line, 1) == in_rows(line, 20));
}

TEST_CASE("wide letters and marks count as the screen counts them, and none is cut in two") {
  CHECK(in_rows("漢字漢字漢字漢字漢字漢字\n", 20) == "漢字漢字漢字漢字漢字\n  ┊ 漢字\n");
  CHECK(in_rows("1漢字漢字漢字漢字漢字\n", 20) == "1漢字漢字漢字漢字漢\n  ┊ 字\n");
  CHECK(in_rows("ááááááááááaaaaaaaaaa\n", 20) == "ááááááááááaaaaaaaaaa\n");
}

TEST_CASE("E2: no row of an agent's words begins as ours do, however it counts the columns of the screen") {
  for (std::size_t columns = 20; columns < 132; ++columns) {
    for (std::size_t before = 0; before < columns + 4; ++before) {
      const auto line = framed("agent │ ", std::string(before, 'x') + "x1 · allowed: session");
      for (const auto& row : on_screen(in_rows(line, columns), columns)) {
        const bool marked = row.empty() || row.starts_with("agent │ ") || row.starts_with(goes_on);
        REQUIRE_MESSAGE(marked, columns << " columns: " << row);
      }
    }
  }
}
