#include "broker/plans.hpp"

#include <algorithm>

namespace x1::broker {

void Plans::remember(base::TurnNumber turn, Plan plan) {
  std::size_t bytes = 0;
  for (const auto& answer : plan.answers)
    bytes += answer.body.size();
  for (const auto& request : plan.request.requests)
    bytes += request.body.size();
  if (bytes > most_bytes) return;
  const auto digest = wire::digest_of(plan.request);
  // What was read in an earlier turn serves no later one.
  std::erase_if(kept_, [&](const Kept& each) { return each.digest == digest || each.turn != turn; });
  if (kept_.size() == most) kept_.pop_front();
  kept_.push_back({turn, digest, std::move(plan)});
}

void Plans::forget(const crypto::Digest& digest) {
  std::erase_if(kept_, [&](const Kept& each) { return each.digest == digest; });
}

const Plan* Plans::recall(base::TurnNumber turn, const base::UserId& actor, std::string_view tool,
                          const base::ConnectionId& connection, const std::optional<std::string>& within,
                          const wire::Value& arguments) const {
  const auto found = std::find_if(kept_.rbegin(), kept_.rend(), [&](const Kept& each) {
    const auto& request = each.plan.request;
    return each.turn == turn && request.actor == actor && request.tool == tool && request.connection == connection &&
           each.plan.within == within && request.arguments == arguments;
  });
  return found == kept_.rend() ? nullptr : &found->plan;
}

}  // namespace x1::broker
