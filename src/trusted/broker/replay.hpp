// What a broker remembers, as a fold over the rows of its journal. The same fold runs live: a fact is applied when its
// row is recorded, and nothing that rests on it leaves the process before that row is durable.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "audit/row.hpp"
#include "base/result.hpp"
#include "crypto/signing.hpp"
#include "policy/ledger.hpp"

namespace x1::broker {

struct Memory {
  policy::Ledger ledger;
  std::vector<base::ChallengeId> asked;  // every question there was, in order
  std::uint64_t last_turn = 0;
  std::set<std::string, std::less<>> controls;  // ids of the control tokens that were obeyed
};

void apply_fact(Memory& memory, const policy::LedgerFact& fact);

// Applies one row that was read back. A consent that the API did not sign is storage_failed: the file does not grant.
[[nodiscard]] base::Status replay(Memory& memory, const audit::Row& row, std::span<const crypto::PublicKey> api_keys);

}  // namespace x1::broker
