// The real Clock: the kernel's wall clock.
#pragma once

#include "base/clock.hpp"

namespace x1::os {

class SystemClock final : public base::Clock {
 public:
  [[nodiscard]] base::TimePoint now() const override {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
};

}  // namespace x1::os
