// Clock: the one way to ask for the time. Pure code takes a TimePoint; whoever needs "now" is handed a Clock.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace x1::base {

// Wall-clock time in UTC, to the millisecond: what is written down, signed and shown.
using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;
using Duration = std::chrono::milliseconds;

class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() const = 0;
};

// Stands still until a test moves it.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(TimePoint start) : now_(start) {}
  [[nodiscard]] TimePoint now() const override { return now_; }
  void advance(Duration by) { now_ += by; }

 private:
  TimePoint now_;
};

// RFC 3339 in UTC with milliseconds and 'Z': "2026-11-24T19:55:28.000Z". The reader takes exactly that form.
[[nodiscard]] std::string format_time(TimePoint time);
[[nodiscard]] Result<TimePoint> parse_time(std::string_view text);

// Whole seconds since 1970, as JWS claims carry them (RFC 7519, NumericDate).
[[nodiscard]] std::int64_t to_unix_seconds(TimePoint time) noexcept;
[[nodiscard]] TimePoint from_unix_seconds(std::int64_t seconds) noexcept;

}  // namespace x1::base
