#include "cli/rows.hpp"

#include <algorithm>

#include "policy/visible.hpp"

namespace x1::cli {
namespace {

constexpr std::size_t mark_columns = 4;
constexpr std::size_t narrowest = 20;  // a screen that is narrower is not one to decide on

}  // namespace

std::string in_rows(std::string_view visible, std::size_t columns) {
  if (columns == 0) return std::string(visible);
  columns = std::max(columns, narrowest);
  std::string out;
  out.reserve(visible.size() + visible.size() / 16);
  std::size_t at = 0;
  bool rule = true;  // a line across the page, so far
  while (!visible.empty()) {
    const auto point = policy::first_code_point(visible);
    const auto wide = policy::columns(point.value);
    rule = point.value == '\n' || (rule && (point.value == U'─' || point.value == ' '));
    if (point.value == '\n') {
      at = 0;
    } else if (at + wide > columns && rule) {
      visible.remove_prefix(point.bytes);
      continue;
    } else if (at + wide > columns) {
      out.append("\n").append(goes_on);
      at = mark_columns + wide;
    } else {
      at += wide;
    }
    out.append(visible.substr(0, point.bytes));
    visible.remove_prefix(point.bytes);
  }
  return out;
}

}  // namespace x1::cli
