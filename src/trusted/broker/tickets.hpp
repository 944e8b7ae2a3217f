// Tickets: what an agent holds that asks for permission and does not wait. A ticket names the question, and says how it
// stands, to the turn that asked and to nobody else. It grants nothing, and names nothing else.
#pragma once

#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "broker/turns.hpp"
#include "policy/ledger.hpp"
#include "wire/value.hpp"

namespace x1::broker {

// The answer about a question that nobody will ever be asked.
[[nodiscard]] base::Error question_withdrawn();

struct TicketState {
  const policy::Challenge* question = nullptr;  // of the ledger
  policy::ChallengeState state = policy::ChallengeState::pending;
  bool elsewhere = false;  // the person wants to be asked about another of their accounts instead
};

// Fails with not_found for a ticket of another session, person or turn: all sound as one that never was.
[[nodiscard]] base::Result<TicketState> look_at_ticket(const policy::Ledger& ledger, const Turn& turn,
                                                       std::string_view ticket, base::TimePoint now);
// What the agent is told: {"status": "pending" | "granted" | "denied" | "expired", …}. `reads_first`: the question was
// about what a tool reads before it can say what it would do. Fails with not_allowed for a question that was withdrawn.
[[nodiscard]] base::Result<wire::Value> told_of_ticket(const TicketState& ticket, bool reads_first);

}  // namespace x1::broker
