// BackOff: how long to wait before a process that died is started again: not at all, and then twice as long each time,
// for one that doesn't last.
#pragma once

#include <algorithm>
#include <chrono>

namespace x1::launch {

class BackOff {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds longest{60};

  // The process that died at `now` had run since `began`. One that had run for a minute is as good as a first one.
  [[nodiscard]] std::chrono::seconds next(Clock::time_point began, Clock::time_point now) {
    if (now - began >= longest) wait_ = std::chrono::seconds(0);
    const auto wait = wait_;
    wait_ = std::clamp(2 * wait_, std::chrono::seconds(1), longest);
    return wait;
  }

 private:
  std::chrono::seconds wait_{0};
};

}  // namespace x1::launch
