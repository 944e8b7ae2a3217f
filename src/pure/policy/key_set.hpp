// KeySet: by which keys the API's word is believed, and for what. The supervisor keeps it (keys/api.json) and tells it
// to vault and brokers over its own seams to them: never the API, never over the bus. So whoever has one of these keys
// can't make another one believed. Format: schema/api-keys.md.
//
// One key is followed by the next in two steps, so that no token is ever by a key that is not known where it arrives:
// the next is believed everywhere before it signs anything (with_next), and the one before is retired once it signs
// nothing any more (with_retired).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "policy/tokens.hpp"
#include "wire/jws.hpp"

namespace x1::policy {

struct ApiKey {
  crypto::PublicKey key;
  TimePoint made;
  std::optional<TimePoint> retired = {};  // believed since then only for what it had signed before
  bool revoked = false;                   // believed for nothing, whenever it was signed; only with `retired`
  bool operator==(const ApiKey&) const = default;
};

// How long what a retired key had signed may be on its way to a broker: as long as a consent lives.
inline constexpr base::Duration max_way_after_retirement = max_consent_life + max_clock_skew;
inline constexpr std::size_t max_api_keys = 256;

struct KeySet {
  std::uint64_t number = 1;  // of this set: each that follows has a higher one
  std::vector<ApiKey> keys;  // the oldest first
  bool operator==(const KeySet&) const = default;

  // The first set, of one key.
  [[nodiscard]] static KeySet of(const crypto::PublicKey& key, TimePoint made = {});
  // The one by which the token says that it is signed; nullptr when there is none, or its word counts for nothing.
  [[nodiscard]] const ApiKey* signer(wire::TokenType type, std::string_view token) const;
};

[[nodiscard]] wire::Value to_value(const KeySet& set);
[[nodiscard]] base::Result<KeySet> key_set_from(const wire::Value& value);

// The set with one more key, which is to follow the last. Fails with conflict when the last one but one is not retired
// yet, or the key is in it; with too_many.
[[nodiscard]] base::Result<KeySet> with_next(const KeySet& set, const crypto::PublicKey& key, TimePoint now);
// The set in which only the last key signs any more; with `revoke`, no earlier one is believed for anything.
[[nodiscard]] KeySet with_retired(const KeySet& set, TimePoint now, bool revoke);
// What a start finds, put in order: `current` is the key that the API has. A key that was to follow and never did is
// taken out; one that did follow retires those before it. Fails with storage_failed when the API has neither the last
// key nor the one before.
[[nodiscard]] base::Result<KeySet> settled(const KeySet& set, const crypto::PublicKey& current, TimePoint now);
// For a session that began then: without the keys that had been retired by that time, which have signed nothing for it.
[[nodiscard]] KeySet for_session(const KeySet& set, TimePoint began);
// For what is read back from a record: it was believed when it was written, so a key that was revoked since counts as
// one that was retired. Whoever reads it ends what rests on that key before anything else.
[[nodiscard]] KeySet for_records(const KeySet& set);

// Whether `next` may take the place of `held`: a later number, and no key in it that is believed for more than before.
// An old set that comes again, and one that brings a retired or revoked key back, is refused with conflict.
[[nodiscard]] base::Status may_follow(const KeySet& held, const KeySet& next);

// The readers of tokens.hpp, for a token by the API that has just arrived: from a key that is retired it must have been
// issued before, and not longer ago than it may have been on its way.
[[nodiscard]] base::Result<TurnCertificate> verify_turn(std::string_view token, const KeySet& keys, TimePoint now);
[[nodiscard]] base::Result<ConsentToken> verify_consent(std::string_view token, const KeySet& keys, TimePoint now);
[[nodiscard]] base::Result<Receipt> verify_receipt(std::string_view token, const KeySet& keys, TimePoint now);
[[nodiscard]] base::Result<Control> verify_control(std::string_view token, const KeySet& keys, TimePoint now);

// For what arrived long ago and still has to hold, on a channel that was opened at `since`: a key that had been retired
// by then has signed nothing for it. `token` is by `key`, and was issued at `issued`.
[[nodiscard]] base::Status still_holds(const ApiKey& key, TimePoint issued, TimePoint since);

}  // namespace x1::policy
