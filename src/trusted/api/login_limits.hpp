// LoginLimits: how often passwords may be tried, for one account and for all together. A bucket that refills: guessing
// becomes slow, and nobody is locked out for good.
#pragma once

#include <map>
#include <string>

#include "base/clock.hpp"

namespace x1::api {

class LoginLimits {
 public:
  static constexpr double account_tries = 5;
  static constexpr double account_refill_per_second = 0.1;
  static constexpr double all_tries = 60;
  static constexpr double all_refill_per_second = 2;
  static constexpr std::size_t max_accounts = 10'000;

  // Whether this try may go ahead; counts it if so.
  [[nodiscard]] bool allow(const std::string& account, base::TimePoint now);

 private:
  struct Bucket {
    double left = 0;
    base::TimePoint seen;
  };
  static void refill(Bucket& bucket, double capacity, double per_second, base::TimePoint now);
  void forget_full(base::TimePoint now);
  std::map<std::string, Bucket> accounts_;
  Bucket all_{all_tries, {}};
};

}  // namespace x1::api
