#include "sandbox/subordinate_ids.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "os/file.hpp"

namespace x1::sandbox {
namespace {

constexpr std::uint32_t fewest_ids = 1024;

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const char* end = std::to_address(text.end());
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || at != end) return std::nullopt;
  return value;
}

// Takes the text before `mark` off the front; all of it when there is none.
std::string_view take(std::string_view& text, char mark) {
  const auto end = std::min(text.find(mark), text.size());
  const auto part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

// Name of a uid from passwd(5) text: no name service, which would load code.
std::string name_of(std::string_view passwd, std::uint32_t uid) {
  while (!passwd.empty()) {
    auto line = take(passwd, '\n');
    const auto name = take(line, ':');
    take(line, ':');
    if (number(take(line, ':')) == uid) return std::string(name);
  }
  return {};
}

}  // namespace

std::optional<IdRange> range_in(std::string_view file, std::string_view name, std::uint32_t uid) {
  while (!file.empty()) {
    auto line = take(file, '\n');
    const auto who = take(line, ':');
    const auto first = number(take(line, ':'));
    const auto count = number(line);
    if (who.empty() || (who != name && number(who) != uid) || !first || !count) continue;
    if (*count >= fewest_ids) return IdRange{.first = *first, .count = *count};
  }
  return std::nullopt;
}

std::optional<SubordinateIds> subordinate_ids_of_this_user() {
  const auto passwd = os::read_file("/etc/passwd");
  const auto subuid = os::read_file("/etc/subuid");
  const auto subgid = os::read_file("/etc/subgid");
  if (!subuid.ok() || !subgid.ok()) return std::nullopt;
  const auto uid = ::getuid();
  const auto name = passwd.ok() ? name_of(*passwd, uid) : std::string();
  const auto uids = range_in(*subuid, name, uid);
  const auto gids = range_in(*subgid, name, uid);
  if (!uids || !gids) return std::nullopt;
  return SubordinateIds{.uids = *uids, .gids = *gids};
}

}  // namespace x1::sandbox
