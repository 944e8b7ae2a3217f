// Ledger: what has been asked, granted, denied, redeemed and revoked in one session, as a fold over the audit rows
// that say so. Replaying the rows after a restart gives the same ledger; nothing else is remembered.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "policy/challenge.hpp"
#include "policy/decide.hpp"
#include "policy/passkey.hpp"
#include "policy/states.hpp"
#include "policy/tokens.hpp"

namespace x1::policy {

// The facts that change a ledger. Each is written to the audit, durably, before it is applied.
struct Asked {
  Challenge challenge;
  bool operator==(const Asked&) const = default;
};
struct Redeemed {
  ConsentToken token;
  std::string text;  // the signed token
  base::GrantId grant;
  TimePoint at;
  std::optional<Passkey> passkey = {};  // as the vault had pinned it, where the token carries an assertion
  bool operator==(const Redeemed&) const = default;
};
struct Denied {
  ChallengeId challenge;
  TimePoint at;
  std::optional<ConnectionId> instead = {};  // ask about this account: one of those that the question offered
  bool operator==(const Denied&) const = default;
};
struct Withdrawn {
  ChallengeId challenge;
  TimePoint at;
  bool operator==(const Withdrawn&) const = default;
};
struct Spent {
  base::GrantId grant;
  bool operator==(const Spent&) const = default;
};
// Counted, before it happens: calls that begin, bytes of a request and of what its answer may have. Of grants with
// limits.
struct Used {
  base::GrantId grant;
  Usage more;
  bool operator==(const Used&) const = default;
};
// Of the bytes that were counted for a request, it has turned out not to need these.
struct Returned {
  base::GrantId grant;
  std::uint64_t bytes = 0;
  bool operator==(const Returned&) const = default;
};
// The person's no to this question holds for the session: the like of it is not asked again.
struct Barred {
  ChallengeId challenge;
  bool operator==(const Barred&) const = default;
};
struct Lifted {
  ChallengeId challenge;
  bool operator==(const Lifted&) const = default;
};
struct Revoked {
  std::vector<base::GrantId> grants;
  bool operator==(const Revoked&) const = default;
};
using LedgerFact =
    std::variant<Asked, Redeemed, Denied, Withdrawn, Spent, Used, Returned, Revoked, Barred, Lifted, Entered>;

// As the `detail` member of the audit row that records it, and back.
[[nodiscard]] wire::Value to_value(const LedgerFact& fact);
[[nodiscard]] base::Result<LedgerFact> ledger_fact_from(const wire::Value& value);

// Whether that revocation is about this grant.
[[nodiscard]] bool concerns(const RevokeGrants& what, const Grant& grant) noexcept;

class Ledger {
 public:
  // What redeeming this token would record, or why it is refused: unknown, answered or expired challenge, wrong
  // binding (answers), a token used before, or no touch of the person where the challenge demands one (assured).
  [[nodiscard]] base::Result<Redeemed> redeem(const ConsentToken& token, std::string_view text, base::GrantId grant,
                                              TimePoint now, const std::optional<Passkey>& passkey = {}) const;
  [[nodiscard]] base::Result<Denied> deny(const ChallengeId& challenge, TimePoint now,
                                          const std::optional<ConnectionId>& instead = {}) const;
  [[nodiscard]] base::Result<Withdrawn> withdraw(const ChallengeId& challenge, TimePoint now) const;
  // What counting that much would record. Fails with permission_required when the grant has no room for it.
  [[nodiscard]] base::Result<Used> use(const base::GrantId& grant, const Usage& more) const;
  // The live grants that this revocation ends.
  [[nodiscard]] Revoked revoke(const RevokeGrants& what) const;
  // A no for the session, also to a question that has expired meanwhile. Fails with not_found, or conflict (there is
  // one already, or the answer was yes).
  [[nodiscard]] base::Result<Barred> bar(const ChallengeId& challenge) const;
  [[nodiscard]] base::Result<Lifted> lift(const ChallengeId& challenge) const;

  // That this source enters now; nothing when it is in already. Fails with too_many above max_sources.
  [[nodiscard]] base::Result<std::optional<Entered>> enter(Source source, TimePoint now,
                                                           std::optional<base::CallId> call = {}) const;

  // A fact that could not have come about by the functions above changes nothing: there is no grant without a
  // consent that was redeemed, whatever the file says.
  void apply(const LedgerFact& fact);

  // Every grant there ever was, by actor and scope, the live ones first.
  [[nodiscard]] const std::vector<Grant>& grants() const noexcept { return grants_; }
  // The live ones (not spent, not revoked) of one actor and scope: what `decide` needs. Valid until the next apply.
  [[nodiscard]] std::span<const Grant> grants_for(const UserId& actor, std::string_view scope) const noexcept;
  // nullptr: there never was one of that id.
  [[nodiscard]] const Grant* grant(const base::GrantId& id) const noexcept;
  [[nodiscard]] const Challenge* challenge(const ChallengeId& id) const;
  [[nodiscard]] std::optional<ChallengeState> state(const ChallengeId& id, TimePoint now) const;
  // The pending challenge for the very same request of the same turn, if one is open: asking twice shows one dialog.
  // One of an earlier turn is not it: a yes to that one may end with its turn.
  [[nodiscard]] const Challenge* pending(const crypto::Digest& digest, base::TurnNumber turn, TimePoint now) const;
  // How many challenges wait for a person.
  [[nodiscard]] std::size_t pending_count(TimePoint now) const;
  // Those that wait and are about this; what is not there is any.
  struct About {
    std::optional<UserId> actor = {};
    std::optional<std::string> scope = {};
    std::optional<ConnectionId> connection = {};
  };
  [[nodiscard]] std::vector<ChallengeId> pending(const About& about, TimePoint now) const;
  // The question by which this person said no to the like of it for the session; nullptr: they did not.
  [[nodiscard]] const Challenge* barred(const UserId& actor, std::string_view scope,
                                        const ConnectionId& connection) const;

  // Who and what is in the session, in the order in which they came.
  [[nodiscard]] std::span<const Entered> entered() const noexcept { return entered_; }
  // The account that the person wanted to be asked about in place of this question's; nullptr: none.
  [[nodiscard]] const ConnectionId* instead_of(const ChallengeId& challenge) const;
  // Which accounts this person said to use instead of others, the latest first.
  [[nodiscard]] std::span<const ConnectionId> chosen_by(const UserId& actor) const noexcept;

  bool operator==(const Ledger&) const = default;

 private:
  struct Entry {
    Challenge challenge;
    ChallengeState state = ChallengeState::pending;
    std::optional<ConnectionId> instead = {};
    bool operator==(const Entry&) const = default;
  };
  // One that the step Step may be taken from, or why not.
  template <class Step>
  [[nodiscard]] base::Result<const Entry*> entry_for(const ChallengeId& id) const;
  void insert(Grant grant);
  void apply_rest(const LedgerFact& fact);
  void choose(const UserId& actor, const ConnectionId& connection);
  template <class Step>
  void end_grant(const base::GrantId& id, bool Grant::* how);
  std::map<ChallengeId, Entry> challenges_;
  std::map<std::pair<base::TurnNumber, std::array<std::uint8_t, 32>>, ChallengeId> latest_;
  std::vector<Grant> grants_;
  std::set<std::string, std::less<>> redeemed_;  // ids of tokens
  std::set<ChallengeId> bars_;
  std::vector<Entered> entered_;
  std::map<UserId, std::vector<ConnectionId>> chosen_;
};

}  // namespace x1::policy
