// The subordinate ids of a user: /etc/subuid and /etc/subgid, see subuid(5).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace x1::sandbox {

struct IdRange {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  bool operator==(const IdRange&) const = default;
};
struct SubordinateIds {
  IdRange uids, gids;
};

// The first range of at least 1024 ids for a user given by name or number; lines that make no sense are passed over.
[[nodiscard]] std::optional<IdRange> range_in(std::string_view file, std::string_view name, std::uint32_t uid);

[[nodiscard]] std::optional<SubordinateIds> subordinate_ids_of_this_user();

}  // namespace x1::sandbox
