#include "cli/limits_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "cli/words.hpp"

namespace x1::cli {
namespace {

struct Unit {
  std::string_view name;  // in lower case
  std::uint64_t bytes;
};
constexpr std::array units{Unit{"", 1},
                           Unit{"b", 1},
                           Unit{"kb", 1'000},
                           Unit{"mb", 1'000'000},
                           Unit{"gb", 1'000'000'000},
                           Unit{"kib", std::uint64_t{1} << 10},
                           Unit{"mib", std::uint64_t{1} << 20},
                           Unit{"gib", std::uint64_t{1} << 30}};

// The next word, taken off the front; empty at the end.
std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  const auto word = line.substr(0, line.find_first_of(blanks));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

std::optional<std::uint64_t> size_from(std::string_view text) {
  const auto digits = text.substr(0, std::min(text.find_first_not_of("0123456789"), text.size()));
  std::uint64_t count = 0;
  const auto* const end = std::to_address(digits.end());
  const auto [stopped, failure] = std::from_chars(std::to_address(digits.begin()), end, count);
  const auto unit = std::ranges::find(units, lower(text.substr(digits.size())), &Unit::name);
  if (failure != std::errc() || stopped != end || unit == units.end()) return std::nullopt;
  if (count < 1 || count > policy::max_limit_bytes / unit->bytes) return std::nullopt;
  return count * unit->bytes;
}

// Exact, where it is short; else rounded up to whole units, so that what is left is never shown as less than it is.
std::string size_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 4> names{" bytes", " kB", " MB", " GB"};
  std::size_t unit = 0;
  while (unit + 1 < names.size() && bytes >= 10'000) {
    bytes = (bytes + 999) / 1'000;
    ++unit;
  }
  return std::to_string(bytes) + std::string(names.at(unit));
}

std::optional<policy::Limits> limits_from_line(std::string_view line) {
  policy::Limits limits;
  for (auto option = next_word(line); !option.empty(); option = next_word(line)) {
    auto& limit = option == "--uses" ? limits.uses : limits.bytes;
    if ((option != "--uses" && option != "--bytes") || limit) return std::nullopt;
    const auto value = next_word(line);
    const bool plain = value.find_first_not_of("0123456789") == std::string_view::npos;
    limit = option == "--bytes" || plain ? size_from(value) : std::nullopt;
    if (!limit) return std::nullopt;
  }
  return is_limits(limits) ? std::optional(limits) : std::nullopt;
}

std::string limits_text(const policy::Limits& limits) {
  std::string text;
  if (limits.uses) text = std::to_string(*limits.uses) + (*limits.uses == 1 ? " call" : " calls");
  if (limits.bytes) text += (text.empty() ? "" : " and ") + size_text(*limits.bytes);
  return text;
}

}  // namespace x1::cli
