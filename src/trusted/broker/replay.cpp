#include "broker/replay.hpp"

#include <algorithm>
#include <array>

namespace x1::broker {
namespace {

constexpr std::string_view control_target = "control ";

// The row kinds whose detail is a fact of the ledger.
bool holds_fact(std::string_view kind) {
  constexpr std::array<std::string_view, 11> kinds{
      "consent.asked",     "consent.granted", "consent.denied", "consent.barred", "consent.lifted", "source.entered",
      "consent.withdrawn", "grant.used",      "grant.returned", "grant.spent",    "grant.revoked"};
  return std::ranges::find(kinds, kind) != kinds.end();
}

bool ends_turn(std::string_view kind) { return kind == "turn.cancel_asked" || kind == "agent.exited"; }

}  // namespace

void apply_fact(Memory& memory, const policy::LedgerFact& fact) {
  if (const auto* asked = std::get_if<policy::Asked>(&fact)) memory.asked.push_back(asked->challenge.id);
  memory.ledger.apply(fact);
}

void remember_end(Memory& memory, std::uint64_t turn, std::string_view outcome) {
  if (turn <= memory.ended_turn) return;
  memory.ended_turn = turn;
  memory.ended_how = outcome;
}

void remember_actor(Memory& memory, const audit::Entry& entry) {
  const bool first = entry.kind == "turn.opened" && memory.agent_of.empty();
  const bool replaced = entry.kind == "agent.replaced" && entry.outcome == "ok";
  if (first || replaced) memory.agent_of = entry.actor;
}

base::Status replay(Memory& memory, const audit::Row& row, const policy::KeySet& api_keys) {
  const auto& entry = row.entry;
  if (entry.kind == "turn.opened") memory.last_turn = std::max(memory.last_turn, entry.turn);
  remember_actor(memory, entry);
  if (std::string_view(entry.target).starts_with(control_target)) {
    memory.controls.insert(entry.target.substr(control_target.size()));
  }
  // The API may not have heard of it, and certify the turn again.
  if (entry.kind == "turn.closed") remember_end(memory, entry.turn, entry.outcome);
  if (ends_turn(entry.kind)) {
    if (const auto* outcome = entry.detail.find_string("outcome")) remember_end(memory, entry.turn, *outcome);
  }
  if (entry.kind == "keys.changed") {
    const auto* number = entry.detail.find_integer("number");
    if (number == nullptr || static_cast<std::uint64_t>(*number) > api_keys.number) {
      return base::Error{base::Code::storage_failed, "The API's keys are an older set than the session has seen.",
                         "Restore keys/ from the newest backup."};
    }
  }
  if (!holds_fact(entry.kind)) return base::Done{};
  X1_TRY(fact, policy::ledger_fact_from(entry.detail));
  if (const auto* redeemed = std::get_if<policy::Redeemed>(&fact)) {
    const auto token = policy::verify_consent(redeemed->text, policy::for_records(api_keys), redeemed->at);
    if (!token.ok() || *token != redeemed->token) {
      return base::Error{base::Code::storage_failed, "A grant in the audit is not what the API signed.", ""};
    }
  }
  broker::apply_fact(memory, fact);
  return base::Done{};
}

}  // namespace x1::broker
