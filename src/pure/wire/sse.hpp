// Server-sent events (WHATWG HTML, section 9.2): writer, and a sans-I/O reader with limits.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace x1::wire {

struct ServerSentEvent {
  std::string id;     // as read: the last id of the stream so far, where to resume
  std::string event;  // empty: "message"
  std::string data;   // lines joined by '\n'
  bool operator==(const ServerSentEvent&) const = default;
};

// An empty id or event is left out. A line break or NUL in either is a bug of the caller; line breaks in the data are
// read back as '\n'.
[[nodiscard]] std::string serialise(const ServerSentEvent& event);

class SseReader {
 public:
  explicit SseReader(std::size_t max_event_bytes = 1 << 20) : max_(max_event_bytes) {}
  // The events that these bytes complete. Fails with too_large; after that the reader is spent.
  [[nodiscard]] base::Result<std::vector<ServerSentEvent>> feed(std::string_view bytes);

 private:
  [[nodiscard]] bool append(std::string_view part);
  [[nodiscard]] std::optional<ServerSentEvent> take_line();

  std::size_t max_;
  std::string held_;  // the line that is being read
  ServerSentEvent event_;
  bool has_data_ = false;
  bool after_cr_ = false;
  bool first_line_ = true;
  bool failed_ = false;
};

}  // namespace x1::wire
