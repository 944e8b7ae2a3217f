// ApiKeys: by which keys the vault believes the API: those it was started with, and every set after them that the
// supervisor tells. Each is a row of the vault's own audit before it counts, and so an old set never comes back, also
// not after a start.
#pragma once

#include "base/clock.hpp"
#include "policy/key_set.hpp"
#include "vault/journal.hpp"

namespace x1::vault {

// The highest number of a set that the audit knows, as a fold over its rows. The first set is no change, and no row.
inline constexpr std::uint64_t first_set = 1;
void replay(const audit::Row& row, std::uint64_t& last_set);

class ApiKeys {
 public:
  // `last`: what the audit knows. Fails with storage_failed when `given` is an older set. The references stay with the
  // caller.
  [[nodiscard]] static base::Result<ApiKeys> open(policy::KeySet given, std::uint64_t last, Journal& journal,
                                                  const base::Clock& clock);
  [[nodiscard]] const policy::KeySet& set() const noexcept { return set_; }
  // Fails with conflict for a set that may not follow the present one.
  [[nodiscard]] base::Status use(const wire::Value& keys);

 private:
  ApiKeys(policy::KeySet set, Journal& journal, const base::Clock& clock)
      : set_(std::move(set)), journal_(&journal), clock_(&clock) {}
  [[nodiscard]] base::Status record(const policy::KeySet& set);
  policy::KeySet set_;
  Journal* journal_;
  const base::Clock* clock_;
};

}  // namespace x1::vault
