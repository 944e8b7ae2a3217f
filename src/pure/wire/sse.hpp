// Server-sent events (WHATWG HTML, section 9.2): writer, and a sans-I/O reader with limits.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace x1::wire {

struct ServerSentEvent {
  std::string id;
  std::string event;
  std::string data;
  bool operator==(const ServerSentEvent&) const = default;
};

[[nodiscard]] std::string serialise(const ServerSentEvent& event);

class SseReader {
 public:
  explicit SseReader(std::size_t max_event_bytes = 1 << 20) : max_(max_event_bytes) {}
  // The events that these bytes complete. Fails with too_large.
  [[nodiscard]] base::Result<std::vector<ServerSentEvent>> feed(std::string_view bytes);

 private:
  std::size_t max_;
  std::string held_;
};

}  // namespace x1::wire
