// However the bytes are cut, the stream reads the same events, or fails.
#include <cstddef>
#include <cstdint>
#include <span>

#include "adapter/event_stream.hpp"
#include "base/bytes.hpp"
#include "base/check.hpp"

using namespace x1;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = base::as_text(std::span(data, size));
  const auto whole = adapter::EventStream().feed(text);
  adapter::EventStream stream;
  std::vector<wire::ServerSentEvent> events;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto some = stream.feed(text.substr(i, 1));
    if (!some.ok()) {
      X1_CHECK(!whole.ok());
      return 0;
    }
    events.insert(events.end(), some->begin(), some->end());
  }
  if (whole.ok()) X1_CHECK(*whole == events);
  return 0;
}
