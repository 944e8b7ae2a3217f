// The credential as it leaves the vault: the JSON of schema/sealed-credential.md, sealed to one dialer, good for one
// request.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/digest.hpp"
#include "crypto/sealed_box.hpp"
#include "vault/record.hpp"
#include "vault/release_check.hpp"

namespace x1::vault {

// For a session's dialer: takes the permit, so that nothing is sealed without one.
[[nodiscard]] base::Result<base::Bytes> seal_credential(const ReleasePermit& permit, const Record& record,
                                                        const crypto::BoxPublicKey& dialer);

// For the vault's own dialer: the owner's own test of the login, before the record is kept.
[[nodiscard]] base::Result<base::Bytes> seal_for_login(const crypto::Digest& request, const Record& record,
                                                       const crypto::BoxPublicKey& own_dialer);

}  // namespace x1::vault
