// JSON text to Value and back. The reader is strict RFC 8259: no comments, no trailing commas, no duplicate member
// names, no invalid UTF-8, no lone surrogates, numbers only as int64 or finite double. The writer is canonical
// (RFC 8785, JCS): equal values give equal bytes.
//
// A number is an int64 whenever its canonical text is an integer that fits one ("1.0" reads as 1), so that reading
// what was written gives the same value. An integer beyond int64 is refused unless it is a double's canonical text.
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

// Doubles must be finite. Integers beyond 2^53 are written in full, which is more than RFC 8785 promises to readers
// that hold every number as a double. Strings are expected to be UTF-8: other bytes pass unchanged, and no reader
// takes them.
[[nodiscard]] std::string canonical_json(const Value& value);
// The same, added to `out`: for a writer that builds something around it.
void append_canonical_json(const Value& value, std::string& out);
// One number as ECMAScript writes it (Number::toString), as RFC 8785 asks.
[[nodiscard]] std::string canonical_number(double value);

}  // namespace x1::wire
