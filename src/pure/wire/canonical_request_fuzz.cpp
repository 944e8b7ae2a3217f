// Any text that reads as a canonical request must be written back as that very value, with one digest; and a request
// that passes the checks of a plan must survive serialisation and our own reader unchanged.
#include <cstdint>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "wire/canonical_request.hpp"
#include "wire/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace x1;
  const auto value = wire::parse_json(base::as_text(base::BytesView(data, size)));
  if (!value.ok()) return 0;
  const auto request = wire::canonical_request_from(*value);
  if (!request.ok()) return 0;
  X1_CHECK(to_value(*request) == *value);
  X1_CHECK(wire::digest_of(*request) == crypto::sha256(wire::canonical_json(*value)));
  for (const auto& planned : request->requests) {
    if (!check_planned(planned).ok()) continue;
    const auto bytes = serialise(wire::HttpRequest{planned.method, planned.target, planned.headers, planned.body, true},
                                 planned.origin.host);
    wire::HttpRequestReader reader({.head_bytes = 1 << 20, .headers = 100, .body_bytes = 8 << 20});
    const auto read = reader.feed(bytes);
    X1_CHECK(read.ok() && read->has_value());
    X1_CHECK((*read)->target == planned.target && (*read)->body == planned.body && (*read)->method == planned.method);
    for (const auto& header : planned.headers)
      X1_CHECK(*(*read)->header(header.name) == header.value);
  }
  return 0;
}
