// A page of signed audit rows, as their lines, and where the chain ends now: a reader that remembers the head notices
// when a chain is cut below it.
#pragma once

#include <string>
#include <vector>

#include "api/services.hpp"
#include "wire/value.hpp"

namespace x1::api {

struct AuditPage {
  std::vector<std::string> lines;
  Head head;
  std::vector<std::string> keys;  // public keys that signed it (base64url): boot keys of a session, or the API's
};

[[nodiscard]] base::Result<AuditPage> audit_page(Services& services, const std::string& chain, std::uint64_t after);
[[nodiscard]] wire::Value view(const AuditPage& page);

}  // namespace x1::api
