#include "adapter/event_stream.hpp"

#include <algorithm>
#include <charconv>

namespace x1::adapter {
namespace {

base::Error wrong(std::string why) {
  return {base::Code::upstream_error, "The stream of turns " + std::move(why) + ".", ""};
}

}  // namespace

base::Result<std::vector<wire::ServerSentEvent>> EventStream::feed(std::string_view bytes) {
  held_.append(bytes);
  std::vector<wire::ServerSentEvent> events;
  if (!head_taken_) {
    X1_TRY(taken, take_head());
    if (!taken) return events;
  }
  while (true) {
    X1_TRY(taken, take_chunk(events));
    if (!taken) return events;
  }
}

base::Result<bool> EventStream::take_head() {
  const auto end = held_.find("\r\n\r\n");
  if (std::min(end, held_.size()) > max_head_bytes)
    return base::Error{base::Code::too_large, "The head of the answer is too long.", ""};
  if (end == held_.npos) return false;
  const std::string_view head = std::string_view(held_).substr(0, end + 2);
  if (!head.starts_with("HTTP/1.1 200 ")) return wrong("was refused");
  if (head.find("\r\ntransfer-encoding: chunked\r\n") == head.npos) return wrong("is not chunked");
  held_.erase(0, end + 4);
  head_taken_ = true;
  return true;
}

base::Result<bool> EventStream::take_chunk(std::vector<wire::ServerSentEvent>& events) {
  const auto line = held_.find("\r\n");
  // The half of an end of line that may be there already does not count.
  const auto digits_at_least = std::min(line, held_.size() - held_.ends_with('\r'));
  if (digits_at_least > max_size_digits) return wrong("has a malformed chunk");
  if (line == held_.npos) return false;
  std::size_t size = 0;
  const auto digits = std::string_view(held_).substr(0, line);
  const auto read = std::from_chars(digits.begin(), digits.end(), size, 16);
  if (read.ec != std::errc() || read.ptr != digits.end()) return wrong("has a malformed chunk");
  if (size > max_chunk_bytes) return base::Error{base::Code::too_large, "A chunk of the stream is too long.", ""};
  if (size == 0) return wrong("is over");
  const auto start = line + 2;
  if (held_.size() < start + size + 2) return false;
  if (held_.compare(start + size, 2, "\r\n") != 0) return wrong("has a malformed chunk");
  X1_TRY(found, events_.feed(std::string_view(held_).substr(start, size)));
  events.insert(events.end(), found.begin(), found.end());
  held_.erase(0, start + size + 2);
  return true;
}

}  // namespace x1::adapter
