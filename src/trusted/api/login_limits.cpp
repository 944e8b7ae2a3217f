#include "api/login_limits.hpp"

#include <algorithm>

namespace x1::api {

void LoginLimits::refill(Bucket& bucket, double capacity, double per_second, base::TimePoint now) {
  // A clock that was set back gives nothing and takes nothing.
  const auto passed = std::max(base::Duration::zero(), now - bucket.seen);
  bucket.left = std::min(capacity, bucket.left + std::chrono::duration<double>(passed).count() * per_second);
  bucket.seen = now;
}

// An account whose bucket is full again is one that was never seen.
void LoginLimits::forget_full(base::TimePoint now) {
  for (auto account = accounts_.begin(); account != accounts_.end();) {
    refill(account->second, account_tries, account_refill_per_second, now);
    account = account->second.left >= account_tries ? accounts_.erase(account) : std::next(account);
  }
}

bool LoginLimits::allow(const std::string& account, base::TimePoint now) {
  if (accounts_.size() >= max_accounts) forget_full(now);
  if (accounts_.size() >= max_accounts && !accounts_.contains(account)) return false;
  auto& own = accounts_.try_emplace(account, Bucket{account_tries, now}).first->second;
  refill(own, account_tries, account_refill_per_second, now);
  refill(all_, all_tries, all_refill_per_second, now);
  if (own.left < 1 || all_.left < 1) return false;
  own.left -= 1;
  all_.left -= 1;
  return true;
}

}  // namespace x1::api
