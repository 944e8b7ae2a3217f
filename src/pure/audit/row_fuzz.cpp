// A line that is read as a row is the only text of that row.
#include <cstddef>
#include <cstdint>
#include <span>

#include "audit/row.hpp"
#include "base/bytes.hpp"
#include "base/check.hpp"

#pragma clang unsafe_buffer_usage begin  // libFuzzer's C interface hands over pointer and length
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = x1::base::as_text(std::span(data, size));
  const auto row = x1::audit::decode_line(text);
  if (row.ok()) X1_CHECK(x1::audit::hash_of(row->row) == row->hash);
  // Few inputs carry the right hash: read the same bytes once more as the inside of a line that does.
  const auto inside = "{\"hash\":\"" + x1::crypto::to_hex(x1::crypto::sha256(text)) +
                      "\",\"row\":" + std::string(text) + ",\"sig\":\"" + std::string(86, 'A') + "\"}";
  const auto framed = x1::audit::decode_line(inside);
  if (framed.ok()) X1_CHECK(x1::audit::hash_of(framed->row) == framed->hash);
  return 0;
}
#pragma clang unsafe_buffer_usage end
