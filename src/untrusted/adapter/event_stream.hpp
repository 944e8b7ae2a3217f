// EventStream: the answer to GET /turns as it comes, a chunked HTTP response without end (RFC 9112, section 7.1) with
// server-sent events in it. Sans-I/O: bytes in, events out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "wire/sse.hpp"

namespace x1::adapter {

class EventStream {
 public:
  // The events that these bytes complete. Fails with upstream_error when the answer is not status 200, not chunked as
  // the gate does it, or over; with too_large when a head or an event exceeds its limit.
  [[nodiscard]] base::Result<std::vector<wire::ServerSentEvent>> feed(std::string_view bytes);

 private:
  [[nodiscard]] base::Result<bool> take_head();
  [[nodiscard]] base::Result<bool> take_chunk(std::vector<wire::ServerSentEvent>& events);

  static constexpr std::size_t max_head_bytes = 16 * 1024;
  static constexpr std::size_t max_size_digits = 16;
  static constexpr std::size_t max_chunk_bytes = 8 << 20;
  std::string held_;
  wire::SseReader events_{max_chunk_bytes};
  bool head_taken_ = false;
};

}  // namespace x1::adapter
