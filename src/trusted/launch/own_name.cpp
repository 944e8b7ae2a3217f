#include "launch/own_name.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "crypto/random.hpp"
#include "os/file.hpp"

namespace x1::launch {
namespace {

constexpr std::string_view prefix = "x1-";
constexpr std::string_view suffix = ".localhost";
// What is refused under any other Host tells who guesses that they were wrong: too long to be found out so.
constexpr std::size_t random_bytes = 8;

bool is_own_name(std::string_view text) {
  if (text.size() != prefix.size() + 2 * random_bytes + suffix.size()) return false;
  if (!text.starts_with(prefix) || !text.ends_with(suffix)) return false;
  const auto middle = text.substr(prefix.size(), 2 * random_bytes);
  return std::ranges::all_of(middle, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

base::Result<std::string> load_or_make_own_name(const Layout& layout) {
  auto kept = os::read_file(layout.own_name(), 256);
  if (kept.ok()) {
    while (kept->ends_with('\n'))
      kept->pop_back();
    if (is_own_name(*kept)) return kept;
    return base::Error{base::Code::storage_failed, layout.own_name() + " does not hold the platform's name.",
                       "remove the file: a new name is made, and browsers have to sign in again"};
  }
  if (kept.error().code != base::Code::not_found) return std::move(kept).error();
  std::array<std::uint8_t, random_bytes> bytes{};
  crypto::SystemRandom().fill(bytes);
  auto name = std::string(prefix) + base::hex_encode(bytes) + std::string(suffix);
  X1_TRY(written, os::write_file(layout.own_name(), name + "\n", 0600));
  return name;
}

}  // namespace x1::launch
