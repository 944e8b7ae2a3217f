// Backlog: how much libnats' threads have posted that the loop has not handled yet. libnats itself bounds only what it
// has not called back for, and its callbacks return at once.
#pragma once

#include <atomic>
#include <cstddef>

namespace x1::nats {

class Backlog {
 public:
  static constexpr std::size_t max_messages = 4096;
  static constexpr std::size_t max_bytes = 64 << 20;

  // Takes room for a message of so many bytes; false: there is none.
  [[nodiscard]] bool enter(std::size_t bytes) noexcept {
    const auto messages = messages_.fetch_add(1) + 1;
    const auto all = bytes_.fetch_add(bytes) + bytes;
    if (messages <= max_messages && all <= max_bytes) return true;
    leave(bytes);
    return false;
  }
  void leave(std::size_t bytes) noexcept {
    messages_.fetch_sub(1);
    bytes_.fetch_sub(bytes);
  }

 private:
  std::atomic<std::size_t> messages_ = 0;
  std::atomic<std::size_t> bytes_ = 0;
};

}  // namespace x1::nats
