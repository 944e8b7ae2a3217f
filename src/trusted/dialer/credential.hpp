// The sealed credential, opened: whose password, for which origin and for which one request
// (schema/sealed-credential.md). It lives from the start of a dial to its end.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "crypto/digest.hpp"
#include "crypto/secret.hpp"
#include "policy/address.hpp"
#include "wire/canonical_request.hpp"
#include "wire/url.hpp"

namespace x1::dialer {

struct Credential {
  wire::Origin origin;
  std::string user;
  crypto::Secret password;
  std::vector<policy::Endpoint> confirmed;  // private endpoints that the owner named
  std::string ca;                           // PEM of the only trust anchor, or empty: the system's
  crypto::Digest request;                   // of the one request that it is for
};

// Shorter ones could not be told from ordinary words of an answer, so they could not be kept out of it.
inline constexpr std::size_t min_password_bytes = 4;

// Fails with invalid_token at anything that is not exactly that form.
[[nodiscard]] base::Result<Credential> read_credential(const crypto::Secret& json);
// Fails with invalid_token unless origin and digest are this request's.
[[nodiscard]] base::Status check_is_for(const Credential& credential, const wire::PlannedRequest& request);

}  // namespace x1::dialer
