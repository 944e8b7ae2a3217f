// Whether one secret may be released for one request. Pure; the only place of the vault that says yes.
//
// A yes needs, all for the session that this channel was made for: a turn certificate of the API that is live now and
// names a boot key and an actor; a consent token of the API, given by that actor for exactly this scope and
// connection; a release request signed with that boot key in the last seconds; a connection that the actor owns.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "crypto/signing.hpp"
#include "policy/tokens.hpp"
#include "vault/believed.hpp"

namespace x1::vault {

// How often each consent was used: what keeps "once" from becoming "always". Rebuilt from the audit at a start.
class ConsentUses {
 public:
  static constexpr std::uint32_t most_for_once = 16;  // the requests of one call
  static constexpr base::Duration window_for_once = std::chrono::minutes(5);

  // Whether the consent is good for one more release in this turn. Fails with expired or forbidden.
  [[nodiscard]] base::Status check(const policy::ConsentToken& consent, base::TurnNumber turn,
                                   base::TimePoint now) const;
  void note(const std::string& consent_id, std::uint64_t turn, base::TimePoint at);

 private:
  struct Use {
    base::TimePoint first;
    std::uint64_t first_turn = 0;
    std::uint32_t releases = 0;
  };
  std::map<std::string, Use, std::less<>> uses_;
};

// What was presented, as far as it could be believed: for the audit row of a refusal.
struct Attempt {
  std::string actor;
  std::uint64_t turn = 0;
  std::string scope;
  std::string connection;
  std::string request;  // hex digest
};

// Three tokens that hold by themselves and belong together.
struct Claims {
  policy::TurnCertificate turn;
  policy::ConsentToken consent;
  policy::ReleaseRequest request;
};

struct Tokens {
  std::string_view request;
  std::string_view turn;
  std::string_view consent;
};

// `believed` is this session's. Fails with invalid_token, expired, or forbidden when they are good but not for this.
[[nodiscard]] base::Result<Claims> verify_claims(const Tokens& tokens, const policy::KeySet& api,
                                                 const base::SessionId& session, base::TimePoint now,
                                                 Believed& believed, Attempt& attempt);

// The right to seal one credential for one request. Made by permit_release alone.
class ReleasePermit {
 public:
  ReleasePermit(ReleasePermit&&) noexcept = default;
  ReleasePermit& operator=(ReleasePermit&&) noexcept = default;
  ReleasePermit(const ReleasePermit&) = delete;
  ReleasePermit& operator=(const ReleasePermit&) = delete;
  [[nodiscard]] const Claims& claims() const noexcept { return claims_; }

 private:
  friend base::Result<ReleasePermit> permit_release(Claims, const base::UserId&, const ConsentUses&, base::TimePoint);
  explicit ReleasePermit(Claims claims) : claims_(std::move(claims)) {}
  Claims claims_;
};

[[nodiscard]] base::Result<ReleasePermit> permit_release(Claims claims, const base::UserId& owner,
                                                         const ConsentUses& uses, base::TimePoint now);

}  // namespace x1::vault
