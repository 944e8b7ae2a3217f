// The same bytes whole and one by one: the same frames, or the same refusal.
#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "wire/nats.hpp"

namespace {

using namespace x1;

std::string show(const wire::nats::Frame& frame) {
  auto text = std::to_string(frame.index());
  if (const auto* message = std::get_if<wire::nats::Message>(&frame)) {
    X1_CHECK(wire::nats::is_subject(message->subject));
    (void)wire::nats::publish(message->subject, message->reply, message->payload);
    text += message->subject + "|" + std::to_string(message->subscription) + "|" + message->reply + "|" +
            message->headers + "|" + message->payload;
  } else if (const auto* info = std::get_if<wire::nats::Info>(&frame)) {
    text += info->nonce;
  } else if (const auto* error = std::get_if<wire::nats::ServerError>(&frame)) {
    text += error->text;
  }
  return text + "\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = base::as_text(base::BytesView(data, size));
  const auto whole = wire::nats::Reader(4096).feed(text);
  wire::nats::Reader reader(4096);
  std::string seen;
  bool failed = false;
  for (std::size_t at = 0; at < text.size() && !failed; ++at) {
    const auto read = reader.feed(text.substr(at, 1));
    failed = !read.ok();
    if (failed) continue;
    for (const auto& frame : *read)
      seen += show(frame);
  }
  X1_CHECK(failed == !whole.ok());
  if (!whole.ok()) return 0;
  std::string expected;
  for (const auto& frame : *whole)
    expected += show(frame);
  X1_CHECK(seen == expected);
  return 0;
}
