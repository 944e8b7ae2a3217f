#include "policy/dialog_page.hpp"

#include <algorithm>
#include <utility>

#include "policy/visible.hpp"

namespace x1::policy {
namespace {

constexpr std::size_t page_width = 100;
constexpr std::size_t label_width = 12;
constexpr std::size_t max_empty_lines = 3;

std::size_t width(std::string_view text) {
  std::size_t sum = 0;
  while (!text.empty()) {
    const auto point = first_code_point(text);
    sum += columns(point.value);
    text.remove_prefix(point.bytes);
  }
  return sum;
}

// How many bytes of the text fit into so many columns; at least one code point.
std::size_t fitting(std::string_view text, std::size_t room) {
  std::size_t used = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto point = first_code_point(text.substr(at));
    used += columns(point.value);
    if (used > room && at > 0) break;
    at += point.bytes;
  }
  return at;
}

}  // namespace

void DialogPage::rule() {
  text_.append(" ");
  for (std::size_t i = 0; i < page_width - 2; ++i)
    text_.append("─");
  text_.append("\n");
}

void DialogPage::blank() { text_.append("\n"); }

void DialogPage::heading(std::string_view ours) { text_.append("  ").append(ours).append("\n"); }

void DialogPage::wrapped(std::string_view first, std::string_view next, std::string_view ours) {
  std::string line(first);
  const auto lead = width(first);
  std::size_t used = lead;
  while (!ours.empty()) {
    const auto end = std::min(ours.find(' '), ours.size());
    const auto word = ours.substr(0, end);
    ours.remove_prefix(std::min(end + 1, ours.size()));
    if (used > lead && used + 1 + width(word) > page_width) {
      text_.append(line).append("\n");
      line = next;
      used = width(next);
    } else if (used > lead) {
      line.append(" ");
      ++used;
    }
    line.append(word);
    used += width(word);
  }
  text_.append(line).append("\n");
}

void DialogPage::broken(std::string_view first, std::string_view next, std::string_view visible) {
  auto lead = first;
  do {
    const auto bytes = fitting(visible, page_width - width(lead));
    text_.append(lead).append(visible.substr(0, bytes)).append("\n");
    visible.remove_prefix(bytes);
    lead = next;
  } while (!visible.empty());
}

void DialogPage::labelled(std::string_view label, std::string_view ours) {
  std::string first = "  " + std::string(label);
  first.append(label_width - std::min(label_width, width(label)), ' ');
  wrapped(first, std::string(2 + label_width, ' '), ours);
}

void DialogPage::paragraph(std::string_view ours, std::string_view indent) { wrapped(indent, indent, ours); }

void DialogPage::line(std::string_view indent, std::string_view visible) {
  broken(indent, std::string(indent) + "  ↪ ", visible);
}

void DialogPage::quoted(std::string_view indent, std::string_view outside, std::string_view lead) {
  const auto begin = std::string(indent) + "│ ";
  const auto next = std::string(indent) + "┊ ";
  auto first = lead.empty() ? begin : std::string(lead) + "│ ";
  const auto shown = make_visible(outside, {.keep_newlines = true, .show_padding = true});
  std::string_view rest = shown;
  while (true) {
    const auto empty = std::min(rest.find_first_not_of('\n'), rest.size());
    if (empty > max_empty_lines) {
      text_.append(std::exchange(first, begin)).append("<" + std::to_string(empty) + " empty lines>\n");
      rest.remove_prefix(empty);
    }
    const auto end = rest.find('\n');
    broken(std::exchange(first, begin), next, rest.substr(0, end));
    if (end == std::string_view::npos) return;
    rest.remove_prefix(end + 1);
  }
}

}  // namespace x1::policy
