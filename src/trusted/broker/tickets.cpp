#include "broker/tickets.hpp"

namespace x1::broker {

using base::Code;
using base::Error;
using policy::ChallengeState;
using wire::Value;

Error question_withdrawn() {
  return Error{Code::not_allowed, "The question could not be put to the person, and is withdrawn.",
               "Ask for something else, or for less at once."};
}

base::Result<TicketState> look_at_ticket(const policy::Ledger& ledger, const Turn& turn, std::string_view ticket,
                                         base::TimePoint now) {
  const Error unknown{Code::not_found, "There is no such ticket in this turn.", "Call request_permission anew."};
  const auto id = base::ChallengeId::parse(std::string(ticket));
  if (!id.ok()) return unknown;
  const auto* question = ledger.challenge(*id);
  if (question == nullptr) return unknown;
  const auto& mine = turn.certificate;
  const bool ours =
      question->session == mine.session && question->turn == mine.turn && question->request.actor == mine.actor;
  if (!ours) return unknown;
  return TicketState{question, *ledger.state(*id, now), ledger.instead_of(*id) != nullptr};
}

base::Result<Value> told_of_ticket(const TicketState& ticket, bool reads_first) {
  if (ticket.state == ChallengeState::withdrawn) return question_withdrawn();
  Value::Object told{{"status", policy::to_string(ticket.state)}};
  if (ticket.state == ChallengeState::pending) {
    told.emplace("ticket", ticket.question->id.text());
    told.emplace("next", "Ask again with this ticket, or wait for the notification of the decision.");
  }
  if (ticket.state == ChallengeState::granted && reads_first) {
    told.emplace("next", "What the tool has to read first is allowed: call request_permission again to go on.");
  }
  // Whoever waits has it planned anew; here nobody does.
  if (ticket.state == ChallengeState::denied && ticket.elsewhere) {
    told.emplace("next",
                 "The person wants another of their accounts for this: call request_permission again with the same "
                 "arguments to ask about that one.");
  }
  if (ticket.state == ChallengeState::expired) {
    told.emplace("next", "The question has expired; call request_permission again to ask anew.");
  }
  return Value(std::move(told));
}

}  // namespace x1::broker
