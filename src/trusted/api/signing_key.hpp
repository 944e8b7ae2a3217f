// The API's own signing key, and how it is followed by another. When that happens the supervisor alone says, and it
// alone makes anybody believe the new one (launch/key_rotation.hpp).
//
// Two files of the API's state: `signing.seed`, the key that signs, and for a moment `signing.next`, one that nobody
// uses yet. Renaming the second is the step: before it the old key signs, after it the new one, whatever fails.
#pragma once

#include <string>

#include "api/services.hpp"

namespace x1::api {

// 32 raw bytes.
[[nodiscard]] base::Result<crypto::SigningKey> read_signing_key(const std::string& path);

// Makes signing.next, in place of one that is there; its public half.
[[nodiscard]] base::Result<crypto::PublicKey> make_next_key(const std::string& state);
// Lets it follow. Fails with conflict when it is not the one that was meant.
[[nodiscard]] base::Result<crypto::SigningKey> take_next_key(const std::string& state, std::string_view key);

// Writes down that services.key signs from here on, when another one did before: a row `keys.rotated` by the new key
// itself, the first that it signs. What waits for brokers is signed again, since the old key may soon count for
// nothing: what people asked for otherwise, and with `revoked` their consents too. With a key that is written down
// already, `revoked` is made up for: a start does not know of it. Fails with storage_failed for a key that had been
// followed by another.
[[nodiscard]] Status adopt_key(Services& services, bool revoked);

}  // namespace x1::api
