// JSON text to Value and back. The reader is strict RFC 8259: no comments, no trailing commas, no duplicate member
// names, no invalid UTF-8, no lone surrogates, numbers only as int64 or finite double. The writer is canonical
// (RFC 8785, JCS): equal values give equal bytes.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "wire/value.hpp"

namespace x1::wire {

struct JsonLimits {
  std::size_t bytes = 1 << 20;
  std::size_t depth = 32;
  std::size_t values = 100'000;
};

// Fails with invalid_json or too_large; the message names the byte where reading stopped.
[[nodiscard]] base::Result<Value> parse_json(std::string_view text, const JsonLimits& limits = {});

[[nodiscard]] std::string canonical_json(const Value& value);

}  // namespace x1::wire
