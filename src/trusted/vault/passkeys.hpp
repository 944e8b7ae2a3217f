// Passkeys: what is pinned for one person, and the rules by which that changes and is used. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "crypto/secret.hpp"
#include "policy/passkey.hpp"
#include "wire/value.hpp"

namespace x1::vault {

// How far a counter may lie below the highest that was taken: two touches that were made one after the other may
// arrive the other way round.
inline constexpr std::uint32_t max_late_touches = 8;

struct Touch {
  std::uint32_t counter = 0;
  crypto::Digest assertion;
  bool operator==(const Touch&) const = default;
};
struct PinnedPasskey {
  policy::Passkey passkey;
  base::TimePoint added;
  std::uint32_t counter = 0;       // the highest that was taken
  std::vector<Touch> recent = {};  // what was taken last, at most max_late_touches
  bool operator==(const PinnedPasskey&) const = default;
};

struct Passkeys {
  std::uint64_t revision = 0;  // how often they were changed
  std::vector<PinnedPasskey> pinned;
  bool operator==(const Passkeys&) const = default;
};

// The set with this change made: each is a new value, to be kept before it counts.
//
// The first passkey of a person is pinned for the asking. From then on a change takes an assertion over
// policy::change_statement by a passkey that is pinned now; the last one can't be taken away, since after it anybody
// who asks could pin theirs. Fail with passkey_required, invalid_token, conflict, not_found or too_many.
[[nodiscard]] base::Result<Passkeys> with_added(const Passkeys& now, const policy::Passkey& passkey,
                                                std::string_view assertion, base::TimePoint at);
[[nodiscard]] base::Result<Passkeys> with_removed(const Passkeys& now, const policy::Passkey& passkey,
                                                  std::string_view assertion);

// The same assertion may come again: a broker that was restarted asks anew, and its ledger redeems a token once.
// Another one has to have a counter that none has had, and not one that is long over: each counter is good once. So a
// copy of the key is found out as soon as both have counted to the same number. Fails with passkey_required (no such
// passkey) or invalid_token.
struct Used {
  Passkeys passkeys;  // with the touch among those that were taken
  policy::Passkey by;
  std::uint32_t counter = 0;  // of the assertion
};
[[nodiscard]] base::Result<Used> with_use(const Passkeys& now, const policy::ConsentToken& token);

// As it goes to the disk and is listed: revision, and each passkey with its counter, times and last touches.
[[nodiscard]] wire::Value to_value(const Passkeys& passkeys);
[[nodiscard]] base::Result<Passkeys> passkeys_from(const wire::Value& value);

}  // namespace x1::vault
