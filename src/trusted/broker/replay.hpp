// What a broker remembers, as a fold over the rows of its journal. The same fold runs live: a fact is applied when its
// row is recorded, and nothing that rests on it leaves the process before that row is durable.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "audit/row.hpp"
#include "base/result.hpp"
#include "crypto/signing.hpp"
#include "policy/key_set.hpp"
#include "policy/ledger.hpp"

namespace x1::broker {

struct Memory {
  policy::Ledger ledger;
  std::vector<base::ChallengeId> asked;  // every question there was, in order
  std::uint64_t last_turn = 0;
  std::set<std::string, std::less<>> controls;  // ids of the control tokens that were obeyed
  // The last turn that was ended (cancelled, or left by its agent) before it was open here, or closed by the broker
  // before this one; 0: none.
  std::uint64_t ended_turn = 0;
  std::string ended_how;  // its outcome
  // Whom the agent's box of the moment has worked for; empty: nobody yet.
  std::string agent_of;
};

void apply_fact(Memory& memory, const policy::LedgerFact& fact);
// Of two ends of one turn, the first counts.
void remember_end(Memory& memory, std::uint64_t turn, std::string_view outcome);

// Of the rows `turn.opened` and `agent.replaced`: the box belongs to the first person whose turn it saw, until it is
// replaced.
void remember_actor(Memory& memory, const audit::Entry& entry);

// Applies one row that was read back. A consent that the API did not sign is storage_failed: the file does not grant.
// So is a later set of the API's keys than `api_keys`: somebody brought back an old one. What a key had signed that was
// revoked meanwhile is still in the memory; KeyDesk::begin ends it.
[[nodiscard]] base::Status replay(Memory& memory, const audit::Row& row, const policy::KeySet& api_keys);

}  // namespace x1::broker
