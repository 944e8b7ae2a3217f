#include "broker/core.hpp"

#include <boost/asio/post.hpp>

#include "broker/rows.hpp"

namespace x1::broker {

void Core::record(audit::Entry entry, const std::optional<policy::LedgerFact>& fact, Commit::OnRecorded then) {
  commit.record(std::move(entry), std::move(then));
  // After a failure nothing is durable any more, so nothing changes any more.
  if (fact && !commit.failure()) apply_fact(memory, *fact);
}

base::Status Core::enter(policy::Source source, const Turn& turn) {
  X1_TRY(fresh, memory.ledger.enter(std::move(source), clock.now()));
  if (fresh) record(rows::entered(turn, *fresh), policy::LedgerFact(*fresh));
  return base::Done{};
}

base::Status Core::announce(NewEvent event, const Turn* turn) {
  auto added = events.add(std::move(event), turn);
  if (added.ok() && on_event) on_event();
  return added;
}

void Core::ask_people(const policy::Challenge& challenge, const ProviderTool& tool, const Turn* turn) {
  // A question may be about what a tool reads to plan its call.
  const auto* asked = policy::find_scope(*tool.manifest, challenge.request.scope);
  const auto& scope = asked == nullptr ? *tool.scope : *asked;
  const auto told = announce(NewEvent{"consent.asked",
                                      {{"challenge", policy::to_value(challenge)},
                                       {"manifest_title", tool.manifest->title},
                                       {"scope_title", scope.title},
                                       {"side_effects", scope.side_effects},
                                       {"signature", policy::sign(challenge, key)}}},
                             turn);
  if (told.ok()) {
    told_questions.emplace(events.last(), challenge.id);
    return;
  }
  log.error("event.refused", told.error());
  withdraw(challenge.id, base::to_string(told.error().code));
}

void Core::events_taken(std::uint64_t last, const std::vector<policy::Refusal>& refused) {
  for (const auto& [number, code] : refused) {
    log.warn("event.refused", {{"event", number}, {"code", code}});
    // The one thing this code says in a receipt: the two records differ, which is no matter of this event alone.
    if (code == base::to_string(base::Code::conflict)) {
      commit.fail(base::Error{base::Code::storage_failed, "The API knows another event under the same number.",
                              "Keep the session's files for the inquiry, and start a new session."});
    }
    if (const auto node = told_questions.extract(number); !node.empty()) withdraw(node.mapped(), code);
  }
  told_questions.erase(told_questions.begin(), told_questions.upper_bound(last));
}

// The call that asked may be in the middle of its own step: it hears of it afterwards.
void Core::withdraw(const base::ChallengeId& challenge, std::string_view why) {
  const auto now = clock.now();
  const auto fact = memory.ledger.withdraw(challenge, now);
  if (!fact.ok()) return;  // answered, or past its time
  record(rows::withdrawn(now, *fact, *memory.ledger.challenge(challenge), why), policy::LedgerFact(*fact));
  boost::asio::post(context, [this] {
    if (on_withdrawn) on_withdrawn();
  });
}

}  // namespace x1::broker
