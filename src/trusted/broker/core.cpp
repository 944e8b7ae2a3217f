#include "broker/core.hpp"

namespace x1::broker {

void Core::record(audit::Entry entry, const std::optional<policy::LedgerFact>& fact, Commit::OnRecorded then) {
  commit.record(std::move(entry), std::move(then));
  // After a failure nothing is durable any more, so nothing changes any more.
  if (fact && !commit.failure()) apply_fact(memory, *fact);
}

base::Status Core::announce(NewEvent event, const Turn* turn) {
  auto added = events.add(std::move(event), turn);
  if (added.ok() && on_event) on_event();
  return added;
}

}  // namespace x1::broker
