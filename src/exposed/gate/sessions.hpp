// The MCP sessions that clients have begun (Mcp-Session-Id). They carry no right of any kind: the protocol wants them,
// and a cancellation finds its call by them.
#pragma once

#include <algorithm>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace x1::gate {

class Sessions {
 public:
  static constexpr std::size_t most = 256;

  // The oldest gives way when there are too many: its client is told 404 and begins again, as the protocol says.
  void begin(std::string id) {
    if (ids_.size() == most) ids_.pop_front();
    ids_.push_back(std::move(id));
  }
  // Newest first: that is the one in use.
  [[nodiscard]] bool has(std::string_view id) const noexcept {
    return std::find(ids_.rbegin(), ids_.rend(), id) != ids_.rend();
  }
  // Whether there was one.
  bool end(std::string_view id) { return std::erase(ids_, id) > 0; }

 private:
  std::deque<std::string> ids_;
};

// 128 bits from the kernel, in hex.
[[nodiscard]] std::string new_session_id();

}  // namespace x1::gate
