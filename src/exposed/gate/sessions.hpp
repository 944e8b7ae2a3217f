// The MCP sessions that clients have begun (Mcp-Session-Id). They carry no right of any kind: the protocol wants them,
// a cancellation finds its call by them, and they remember what a client wants to be told.
#pragma once

#include <algorithm>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace x1::gate {

struct Session {
  std::string id;
  bool may_elicit = false;
  bool wants_notices = true;
};

class Sessions {
 public:
  static constexpr std::size_t most = 256;

  // The oldest gives way when there are too many: its client is told 404 and begins again, as the protocol says.
  void begin(Session session) {
    if (all_.size() == most) all_.pop_front();
    all_.push_back(std::move(session));
  }
  // Newest first: that is the one in use. Valid until the next begin or end; nullptr: there is none.
  [[nodiscard]] Session* find(std::string_view id) noexcept {
    const auto found = std::find_if(all_.rbegin(), all_.rend(), [&](const Session& each) { return each.id == id; });
    return found == all_.rend() ? nullptr : &*found;
  }
  // Whether there was one.
  bool end(std::string_view id) {
    return std::erase_if(all_, [&](const Session& each) { return each.id == id; }) > 0;
  }

 private:
  std::deque<Session> all_;
};

// 128 bits from the kernel, in hex.
[[nodiscard]] std::string new_session_id();

}  // namespace x1::gate
