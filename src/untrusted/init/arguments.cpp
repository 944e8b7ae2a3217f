#include "init/arguments.hpp"

#include <charconv>

namespace x1::init {
namespace {

constexpr std::string_view usage =
    "x1-init --profile agent|provider|server [--rw PATH]… [--ro PATH]… [--connect PORT]… [--keep FD]… -- COMMAND…";

base::Error invalid(std::string message) {
  return base::Error{base::Code::invalid_request, std::move(message), std::string(usage)};
}

bool number(std::string_view text, int most, int& out) {
  const char* end = std::to_address(text.end());
  const auto [at, error] = std::from_chars(text.data(), end, out);
  return error == std::errc{} && at == end && out >= 0 && out <= most;
}

// One flag with its value; false when there is no such flag or the value makes no sense.
bool take(Arguments& out, std::string_view flag, std::string_view value) {
  constexpr int most_descriptor = 1 << 20;
  constexpr int most_port = 65535;
  int parsed = 0;
  if (flag == "--profile") {
    const auto* profile = seal::profile_named(value);
    if (profile != nullptr) out.profile = *profile;
    return profile != nullptr;
  }
  if (flag == "--ro") return out.read.emplace_back(value), !value.empty();
  if (flag == "--rw") return out.write.emplace_back(value), !value.empty();
  if (flag == "--keep") return number(value, most_descriptor, parsed) && (out.keep.push_back(parsed), true);
  if (flag == "--report") return number(value, most_descriptor, out.report);
  if (flag == "--filter") return number(value, most_descriptor, out.filter);
  if (flag == "--max-landlock-abi") return number(value, seal::landlock_newest, out.max_landlock_abi);
  if (flag == "--connect") {
    if (!number(value, most_port, parsed)) return false;
    out.connect.push_back(static_cast<std::uint16_t>(parsed));
    return true;
  }
  return false;
}

}  // namespace

base::Result<Arguments> parse(std::span<const std::string_view> words) {
  Arguments out;
  bool has_profile = false;
  std::size_t at = 0;
  for (; at < words.size() && words[at] != "--"; ++at) {
    const auto flag = words[at];
    if (flag == "--without-seccomp") {
      out.without_seccomp = true;
      continue;
    }
    if (flag == "--without-landlock") {
      out.without_landlock = true;
      continue;
    }
    if (++at == words.size() || !take(out, flag, words[at]))
      return invalid("This flag is not understood: " + std::string(flag) + ".");
    has_profile = has_profile || flag == "--profile";
  }
  if (!has_profile) return invalid("The profile is missing.");
  if (at + 1 >= words.size()) return invalid("The command is missing.");
  for (const auto word : words.subspan(at + 1))
    out.command.emplace_back(word);
  return out;
}

}  // namespace x1::init
