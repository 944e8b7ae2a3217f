// X1_CHECK: a condition that only a bug of ours can break. It ends the process; it is never for input.
#pragma once

namespace x1::base {

// Writes the broken condition to stderr and aborts. Async-signal-safe.
[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace x1::base

#define X1_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::x1::base::check_failed(#condition, __FILE__, __LINE__))
