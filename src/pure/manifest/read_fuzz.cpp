// A manifest that is read is one that its own Value gives back; anything else is refused without harm.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "manifest/read.hpp"

#pragma clang unsafe_buffer_usage begin  // libFuzzer's C interface hands over pointer and length
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto manifest = x1::manifest::read(x1::base::as_text(std::span(data, size)));
  if (manifest.ok()) {
    const auto again = x1::policy::manifest_from(x1::policy::to_value(*manifest));
    X1_CHECK(again.ok() && *again == *manifest);
  }
  return 0;
}
#pragma clang unsafe_buffer_usage end
