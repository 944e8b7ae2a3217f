// The same bytes whole and one by one: the same events, or the same refusal. What was read is written and read again.
#include <algorithm>
#include <cstdint>
#include <iterator>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "wire/sse.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace x1;
  const auto text = base::as_text(base::BytesView(data, size));
  const auto whole = wire::SseReader(256).feed(text);

  wire::SseReader reader(256);
  std::vector<wire::ServerSentEvent> events;
  bool failed = false;
  for (std::size_t at = 0; at < text.size() && !failed; ++at) {
    auto read = reader.feed(text.substr(at, 1));
    failed = !read.ok();
    if (read.ok()) std::ranges::move(*read, std::back_inserter(events));
  }
  X1_CHECK(failed == !whole.ok());
  if (!whole.ok()) return 0;
  X1_CHECK(events == *whole);
  for (const auto& event : events) {
    if (event.event.find('\0') != std::string::npos) continue;
    const auto again = wire::SseReader().feed(serialise(event));
    X1_CHECK(again.ok() && *again == std::vector{event});
  }
  return 0;
}
