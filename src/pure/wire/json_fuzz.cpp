// What parses must be written in one way, and that text must read back as the same value.
#include <cstdint>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "wire/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace x1;
  const auto value = wire::parse_json(base::as_text(base::BytesView(data, size)));
  if (!value.ok()) return 0;
  const auto text = wire::canonical_json(*value);
  const auto again = wire::parse_json(text, {.bytes = text.size()});
  X1_CHECK(again.ok() && *again == *value);
  X1_CHECK(wire::canonical_json(*again) == text);
  return 0;
}
