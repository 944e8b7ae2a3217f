// Ledger: what has been asked, granted, denied, redeemed and revoked in one session, as a fold over the audit rows
// that say so. Replaying the rows after a restart gives the same ledger; nothing else is remembered.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "policy/challenge.hpp"
#include "policy/decide.hpp"
#include "policy/tokens.hpp"

namespace x1::policy {

enum class ChallengeState { pending, granted, denied, expired };

// The facts that change a ledger. Each is written to the audit, durably, before it is applied.
struct Asked {
  Challenge challenge;
};
struct Redeemed {
  ConsentToken token;
  std::string text;  // the signed token
  base::GrantId grant;
  TimePoint at;
};
struct Denied {
  ChallengeId challenge;
  TimePoint at;
};
struct Spent {
  base::GrantId grant;
};
struct Revoked {
  std::vector<base::GrantId> grants;
};
using LedgerFact = std::variant<Asked, Redeemed, Denied, Spent, Revoked>;

// As the `detail` member of the audit row that records it, and back.
[[nodiscard]] wire::Value to_value(const LedgerFact& fact);
[[nodiscard]] base::Result<LedgerFact> ledger_fact_from(const wire::Value& value);

class Ledger {
 public:
  // What redeeming this token would record, or why it is refused: unknown, answered or expired challenge, wrong
  // binding (answers), or a token used before.
  [[nodiscard]] base::Result<Redeemed> redeem(const ConsentToken& token, std::string_view text, base::GrantId grant,
                                              TimePoint now) const;
  [[nodiscard]] base::Result<Denied> deny(const ChallengeId& challenge, TimePoint now) const;
  // The live grants that this revocation ends.
  [[nodiscard]] Revoked revoke(const RevokeGrants& what) const;

  void apply(const LedgerFact& fact);

  [[nodiscard]] const std::vector<Grant>& grants() const noexcept { return grants_; }
  [[nodiscard]] const Challenge* challenge(const ChallengeId& id) const;
  [[nodiscard]] std::optional<ChallengeState> state(const ChallengeId& id, TimePoint now) const;
  // The pending challenge for the very same request, if one is open: asking twice shows one dialog.
  [[nodiscard]] const Challenge* pending(const crypto::Digest& digest, TimePoint now) const;

 private:
  struct Entry {
    Challenge challenge;
    ChallengeState state = ChallengeState::pending;
  };
  std::map<ChallengeId, Entry> challenges_;
  std::vector<Grant> grants_;
  std::set<std::string, std::less<>> redeemed_;
};

}  // namespace x1::policy
