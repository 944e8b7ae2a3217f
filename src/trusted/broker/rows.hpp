// The rows that a broker writes, each made in one place. Kinds and members: schema/audit.md. Digests and references
// only: no argument, no answer, no secret.
#pragma once

#include <string>

#include "audit/row.hpp"
#include "base/clock.hpp"
#include "broker/turns.hpp"
#include "policy/decide.hpp"
#include "policy/key_set.hpp"
#include "policy/ledger.hpp"
#include "wire/canonical_request.hpp"

namespace x1::broker::rows {

[[nodiscard]] audit::Entry entry(base::TimePoint now, std::string_view kind, const Turn* turn,
                                 std::string_view outcome = "ok");

[[nodiscard]] audit::Entry boot(base::TimePoint now, const crypto::PublicKey& boot_key);
// Half a row stood at the end of the file when it was opened.
[[nodiscard]] audit::Entry mended(base::TimePoint now, std::uint64_t cut_bytes);
[[nodiscard]] audit::Entry closed(base::TimePoint now, std::string_view reason);

// The agent's box was replaced, as it had worked for `from` and the turn is another's; or could not be.
[[nodiscard]] audit::Entry replaced(base::TimePoint now, const Turn& turn, std::string_view from,
                                    std::string_view outcome);

// Facts of the ledger: the row's detail is the fact, and replay applies it again.
[[nodiscard]] audit::Entry asked(base::TimePoint now, const Turn& turn, const policy::Challenge& challenge);
[[nodiscard]] audit::Entry redeemed(base::TimePoint now, const policy::Redeemed& fact);
// `control`: the token that asked for it. Its id stands in the last of the rows that it leads to, so that it is obeyed
// once, and whole.
[[nodiscard]] audit::Entry denied(base::TimePoint now, const policy::Denied& fact, const policy::Challenge& challenge,
                                  const policy::Control& control);
// One of several that the same token denies, before its last row.
[[nodiscard]] audit::Entry denied_too(base::TimePoint now, const policy::Denied& fact,
                                      const policy::Challenge& challenge, const policy::Control& control);
// A no for the session, and its end.
[[nodiscard]] audit::Entry barred(base::TimePoint now, const policy::Barred& fact, const policy::Challenge& challenge,
                                  const policy::Control& control);
[[nodiscard]] audit::Entry lifted(base::TimePoint now, const policy::Lifted& fact, const policy::Challenge& challenge,
                                  const policy::Control& control);
// The question could not be put to the person; `why`: the code of the refusal.
[[nodiscard]] audit::Entry withdrawn(base::TimePoint now, const policy::Withdrawn& fact,
                                     const policy::Challenge& challenge, std::string_view why);
[[nodiscard]] audit::Entry revoked(base::TimePoint now, const policy::Revoked& fact, const policy::Control& control);
[[nodiscard]] audit::Entry entered(const Turn& turn, const policy::Entered& fact);
[[nodiscard]] audit::Entry spent(base::TimePoint now, const Turn& turn, const policy::Permit& permit);
// Counted against the limits of a grant, and given back.
[[nodiscard]] audit::Entry used(base::TimePoint now, const Turn& turn, const policy::Permit& permit,
                                const policy::Used& fact);
[[nodiscard]] audit::Entry returned(base::TimePoint now, const Turn& turn, const policy::Permit& permit,
                                    const policy::Returned& fact);
// A control token that changes no grant: answer, end.
[[nodiscard]] audit::Entry controlled(base::TimePoint now, std::string_view kind, const policy::Control& control);
// A control token that ends a turn, now or as soon as it opens; the detail says with what outcome.
[[nodiscard]] audit::Entry turn_ended(base::TimePoint now, std::string_view kind, const policy::Control& control,
                                      std::uint64_t turn, std::string_view outcome);

// The API is believed by other keys from here on.
[[nodiscard]] audit::Entry keys_changed(base::TimePoint now, const policy::KeySet& keys);
// These grants rested on a key that is revoked.
[[nodiscard]] audit::Entry key_revoked(base::TimePoint now, const policy::Revoked& fact);

// One request is about to be sent.
[[nodiscard]] audit::Entry dialled(base::TimePoint now, const Turn& turn, const policy::RequestPermit& permit);

}  // namespace x1::broker::rows
