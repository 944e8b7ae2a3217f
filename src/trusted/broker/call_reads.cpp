// Between the plan and the question: what a provider must read to name the exact request. It reads under a scope
// without side effects that its manifest names for the tool, and under the same grants as any other reading.
#include <algorithm>

#include "broker/call.hpp"
#include "broker/rows.hpp"

namespace x1::broker {

using base::Code;
using base::Error;

const policy::Scope* Call::reading_scope() const {
  const auto& name = what_.tool.tool->reads;
  return name.empty() ? nullptr : policy::find_scope(*what_.tool.manifest, name);
}

// Of the request that the question is about: the call's own scope, or the one that its plan reads under.
const policy::Scope& Call::asked_scope() const {
  const auto* reading = reading_scope();
  return reading != nullptr && request_ && request_->scope == reading->name ? *reading : *what_.tool.scope;
}

// A round of requests that the tool's reading scope allows, every one of them, is for the plan and is not the plan.
bool Call::is_reading(std::vector<wire::PlannedRequest>& requests) const {
  const auto* scope = reading_scope();
  if (scope == nullptr || requests.empty()) return false;
  return std::ranges::all_of(requests, [&](wire::PlannedRequest& request) {
    request.origin = what_.connection->url.origin;
    return wire::check_planned(request).ok() &&
           !policy::refusal_of(*scope, request, what_.within, what_.connection->url);
  });
}

void Call::read_for_plan(seam::gate::ProviderWants& wants) {
  if (++rounds_ > max_rounds || wants.requests.size() > max_requests_in_a_round ||
      wants.state.size() > max_state_bytes) {
    return fail(Error{Code::provider_error, "The provider wanted to read too much to make its plan.", ""});
  }
  const auto& certificate = what_.turn->certificate;
  request_ =
      wire::CanonicalRequest{certificate.session,  certificate.actor, what_.tool.tool->name, reading_scope()->name,
                             what_.connection->id, what_.arguments,   wants.requests};
  digest_ = wire::digest_of(*request_);
  auto call = decision_call();
  call.reads = true;
  auto decision = decide(call, reading_scope()->name);
  if (const auto* no = std::get_if<policy::Deny>(&decision)) return deny(no->reason);
  auto* allow = std::get_if<policy::Allow>(&decision);
  if (allow == nullptr) return needs_permission();
  reading_.emplace(std::move(allow->permit));
  readings_.push_back(reading_->grant().id);
  use_up(*reading_);
  provider_state_ = std::move(wants.state);
  act(SetDeadline{run_limit});
  send_round(std::move(wants.requests), *reading_);
}

// What was read has its row as it is read: the call that it is for may be asked about only, and never made.
void Call::note_reading() {
  auto row = entry("call.read");
  row.scope = reading_->scope();
  row.grant = reading_->grant().id.text();
  row.detail.object()->emplace("answers", std::exchange(outcomes_, {}));
  act(Record{std::move(row), std::nullopt, false});
}

// The provider is asked for its plan again, with what was read. The answers stay: the run begins with them.
void Call::ask_plan() {
  request_.reset();
  digest_.reset();
  state_ = State::planning;
  act(ask_provider(policy::TicketMode::plan));
}

// The person allowed the reading, so the plan that waited for it goes on.
bool Call::plan_goes_on() {
  const auto* asked = world_.ledger.challenge(*challenge_);
  if (asked == nullptr || asked->request.scope == what_.tool.scope->name) return false;
  challenge_.reset();
  asked_.reset();
  rounds_ = 0;
  provider_state_.clear();
  answers_.clear();
  readings_.clear();
  choose_part();
  act(SetDeadline{plan_limit});
  ask_plan();
  return true;
}

void Call::remember_plan() {
  world_.plans.remember(what_.turn->certificate.turn,
                        Plan{*request_, what_.within, provider_state_, answers_, readings_});
}

// The one of this very call, if it was planned in this turn and not made since.
const Plan* Call::kept_plan() const {
  const auto& certificate = what_.turn->certificate;
  return world_.plans.recall(certificate.turn, certificate.actor, what_.tool.tool->name, what_.connection->id,
                             what_.within, what_.arguments);
}

void Call::hold_to_plan() {
  const auto* plan = kept_plan();
  if (plan == nullptr) return;
  request_ = plan->request;
  digest_ = wire::digest_of(*request_);
}

// A call that was planned, and whose question waits or was answered, is made as it was shown.
bool Call::take_up_plan() {
  const auto* plan = kept_plan();
  if (plan == nullptr) return false;
  // What was read under a permission that was taken back since is read again, or asked for.
  const auto taken_back = [&](const base::GrantId& id) { return world_.ledger.grant(id)->revoked; };
  if (std::ranges::any_of(plan->readings, taken_back)) {
    world_.plans.forget(wire::digest_of(plan->request));
    return false;
  }
  request_ = plan->request;
  digest_ = wire::digest_of(*request_);
  auto decision = decide();
  if (auto* allow = std::get_if<policy::Allow>(&decision)) {
    provider_state_ = plan->state;
    answers_ = plan->answers;
    readings_ = plan->readings;
    go_ahead(std::move(allow->permit));
    return true;
  }
  if (world_.ledger.pending(*digest_, what_.turn->certificate.turn, world_.clock.now()) != nullptr ||
      world_.untold.recall(*digest_)) {
    needs_permission();
    return true;
  }
  request_.reset();
  digest_.reset();
  return false;
}

}  // namespace x1::broker
