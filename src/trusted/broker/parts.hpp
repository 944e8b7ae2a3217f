// Parts: collections of an account that requests went to in this session, for the person to choose from when they allow
// something for longer. Bounded and in memory only: what is gone is not offered, and can still be typed.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "policy/challenge.hpp"

namespace x1::broker {

class Parts {
 public:
  static constexpr std::size_t most = 128;

  // A request to this target is sent.
  void remember(const base::ConnectionId& connection, std::string_view target);
  // The collections below `base_path` that hold a target: of those that are wanted now, then the latest remembered.
  [[nodiscard]] std::vector<std::string> below(const base::ConnectionId& connection, std::string_view base_path,
                                               const std::vector<wire::PlannedRequest>& wanted) const;

 private:
  struct Seen {
    base::ConnectionId connection;
    std::string part;
    bool operator==(const Seen&) const = default;
  };
  std::deque<Seen> seen_;  // the latest first
};

}  // namespace x1::broker
