// What a call uses up of a grant with limits. Everything is counted before it happens, in the same file and before the
// row of what it is for; so what is remembered after a crash is never less than what was used.
#include <algorithm>

#include "broker/call.hpp"
#include "broker/rows.hpp"

namespace x1::broker {

// Before any request is made, so that no crash can make one too many. The decision that made the permit and this are
// one step: no other call comes in between.
void Call::use_up(const policy::Permit& permit) {
  const auto& grant = permit.grant();
  if (grant.lifetime == policy::Lifetime::once) {
    act(Record{rows::spent(world_.clock.now(), *what_.turn, permit), policy::LedgerFact(policy::Spent{grant.id}),
               false});
    act(Announce{NewEvent{"grant.spent", {{"grant", grant.id.text()}}}});
  }
  if (!grant.limits) return;
  const policy::Used fact{grant.id, {1, 0}};
  act(Record{rows::used(world_.clock.now(), *what_.turn, permit, fact), policy::LedgerFact(fact), false});
  if (std::ranges::find(counted_, grant.id) == counted_.end()) counted_.push_back(grant.id);
}

bool Call::is_by_bytes(const policy::Permit& permit) const {
  const auto& limits = permit.grant().limits;
  return limits && limits->bytes;
}

// The answer's size is not known before it is there: what is left is its limit, and counts as used until then.
bool Call::set_aside(policy::RequestPermit& permit) {
  const auto* grant = world_.ledger.grant(permit.grant().id);
  X1_CHECK(grant != nullptr);
  auto used = grant->used;
  used.bytes -= std::min(used.bytes, std::exchange(returning_, 0));
  const auto most = policy::answer_limit(grant->limits, used, permit.request());
  if (!most) {
    fail(policy::unmet::grant_use_within_limits.error());
    return false;
  }
  request_bytes_ = policy::bytes_of(permit.request());
  aside_ = request_bytes_ + *most;
  permit.limit_answer(*most);
  const policy::Used fact{grant->id, {0, aside_}};
  act(Record{rows::used(world_.clock.now(), *what_.turn, in_use(), fact), policy::LedgerFact(fact), false});
  return true;
}

// Of a request that may have gone out and was not answered nobody knows how much came: all of it stays counted.
void Call::give_back(const RequestAnswered& answered) {
  const auto aside = std::exchange(aside_, 0);
  const auto* answer = std::get_if<seam::dialer::Answer>(&answered.outcome);
  if (aside == 0 || (answer == nullptr && answered.sent)) return;
  const auto used = answer == nullptr ? 0 : std::min<std::uint64_t>(aside, request_bytes_ + answer->body.size());
  returning_ = aside - used;
  const policy::Returned fact{in_use().grant().id, returning_};
  act(Record{rows::returned(world_.clock.now(), *what_.turn, in_use(), fact), policy::LedgerFact(fact), false});
}

}  // namespace x1::broker
