#include "log/log.hpp"

#include <doctest/doctest.h>

using namespace x1;

namespace {
const base::TimePoint noon = base::from_unix_seconds(1'795'521'600);
}

TEST_CASE("a line names time, program, level, event and fields") {
  const auto line = log::format(noon, "x1-gate", log::Level::warn, "connection.refused", {{"open", 64U}});
  CHECK(line == base::format_time(noon) + " x1-gate warn connection.refused open=\"64\"\n");
}

TEST_CASE("a value can't draw on a terminal, end its quotes or begin a line") {
  const auto line = log::format(noon, "x1-gate", log::Level::info, "e", {{"v", "a\x1b[2J\"\n\\\xe2\x80\xae"}});
  CHECK(line.ends_with(R"(e v="a\x1b[2J\"\x0a\\\xe2\x80\xae")"
                       "\n"));
}

TEST_CASE("a long value is cut") {
  const auto line = log::format(noon, "p", log::Level::info, "e", {{"v", std::string(5000, 'x')}, {"w", "never"}});
  CHECK(line.size() < 1100);
  CHECK(line.ends_with("…\"\n"));
}
