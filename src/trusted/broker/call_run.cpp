// The second half of a call: it was allowed. Rounds of requests, each decided on by itself, until there is a result.
#include <algorithm>

#include "broker/call.hpp"
#include "broker/rows.hpp"
#include "broker/strayed.hpp"

namespace x1::broker {

using base::Code;
using base::Error;
using wire::Value;

// It is allowed: done if that was the question, made if it was the call.
void Call::go_ahead(policy::Permit permit) {
  if (what_.purpose == ToolCall::Purpose::run) return start_run(std::move(permit));
  if (digest_) world_.untold.forget(*digest_);
  Value::Object reply{{"status", "granted"}};
  if (what_.within) reply.emplace("within", *what_.within);
  act(Reply{std::move(reply)});
  done("ok");
}

void Call::start_run(policy::Permit permit) {
  permit_.emplace(std::move(permit));
  if (digest_) world_.plans.forget(*digest_);
  use_up(*permit_);
  act(Record{entry("call.allowed"), std::nullopt, false});
  act(Announce{NewEvent{"call.started", {{"call", what_.id.text()}, {"tool", what_.tool.tool->name}}}});
  act(SetDeadline{run_limit});
  ask_round();
}

void Call::ask_round() {
  state_ = State::running;
  act(ask_provider(policy::TicketMode::run));
  answers_.clear();
}

void Call::round_answered(Meaning& meaning) {
  if (auto* failed = std::get_if<seam::gate::ProviderFailed>(&meaning)) {
    return fail(Error{failed->code, std::move(failed->message), ""});
  }
  if (auto* result = std::get_if<seam::gate::ProviderResult>(&meaning)) return finish(std::move(result->result));
  auto& wants = std::get<seam::gate::ProviderWants>(meaning);
  if (++rounds_ > max_rounds)
    return fail(Error{Code::provider_error, "The provider asked for more than 8 rounds.", ""});
  if (wants.requests.empty() || wants.requests.size() > max_requests_in_a_round || wants.state.size() > 16 * 1024) {
    return fail(Error{Code::provider_error, "The provider asked for too much or for nothing in one round.", ""});
  }
  provider_state_ = std::move(wants.state);
  send_round(std::move(wants.requests), *permit_);
}

// All of a round is decided on before any of it is sent.
void Call::send_round(std::vector<wire::PlannedRequest> wanted, const policy::Permit& permit) {
  to_send_.clear();
  sent_ = answered_ = 0;
  // What is read for a plan is its own list: the requests of the call are counted from 0.
  std::size_t for_plan = 0;
  auto& index = permit_ ? requests_ : for_plan;
  const auto planned = request_ ? policy::Planned(request_->requests) : std::nullopt;
  for (auto& request : wanted) {
    request.origin = what_.connection->url.origin;
    const auto* expected = planned && index < planned->size() ? &(*planned)[index] : nullptr;
    auto decision =
        policy::decide_request(permit, request, index++, planned, *what_.tool.manifest, what_.connection->url);
    if (const auto* no = std::get_if<policy::Deny>(&decision)) return refuse_round(request, expected, no->reason);
    to_send_.push_back(std::get<policy::RequestPermit>(std::move(decision)));
  }
  answers_.assign(to_send_.size(), {});
  state_ = permit_ ? State::sending : State::sending_for_plan;
  send_next();
}

// Nothing of the round goes out. The people see what was planned and what was wanted, and so does who reads the rows.
void Call::refuse_round(const wire::PlannedRequest& wanted, const wire::PlannedRequest* planned,
                        policy::DenyReason reason) {
  const auto call = decision_call();
  const Strayed strayed{call, what_.tool.manifest->domain, planned, wanted, reason};
  auto row = entry("provider.refused", to_string(reason));
  row.detail = refusal_detail(strayed);
  act(Record{std::move(row), std::nullopt, false});
  act(Announce{refusal_event(strayed)});
  deny(reason);
}

// Reads go out together; requests that change something go one after the other, so that a failure stops the rest. Where
// bytes are counted, too: each may have what the one before has left.
void Call::send_next() {
  const bool by_bytes = is_by_bytes(in_use());
  const bool one_by_one = by_bytes || (permit_ && what_.tool.scope->side_effects);
  const std::size_t until = one_by_one ? sent_ + 1 : to_send_.size();
  for (; sent_ < until; ++sent_) {
    if (by_bytes && !set_aside(to_send_[sent_])) return;
    world_.parts.remember(what_.connection->id, to_send_[sent_].request().target);
    act(Send{sent_, std::move(to_send_[sent_])});
  }
}

void Call::request_answered(RequestAnswered& answered) {
  if (answered.index >= answers_.size()) return;
  give_back(answered);
  if (const auto* error = std::get_if<Error>(&answered.outcome)) {
    outcomes_.push_back(Value::Object{{"failed", base::to_string(error->code)}, {"sent", answered.sent}});
    return fail(*error);
  }
  auto& answer = std::get<seam::dialer::Answer>(answered.outcome);
  outcomes_.push_back(Value::Object{{"status", static_cast<std::int64_t>(answer.status)}, {"address", answer.address}});
  answers_[answered.index] = std::move(answer);
  if (!enter(what_.connection->url.origin)) return;
  if (++answered_ == answers_.size()) return hand_over();
  if (sent_ < to_send_.size() && answered_ == sent_) send_next();
}

// What the account and its server say comes into the session: the ledger knows of both before anybody hears it.
bool Call::enter(const wire::Origin& origin) {
  const auto now = world_.clock.now();
  for (auto& source : {policy::Source{policy::SourceKind::connection, what_.connection->id.text()},
                       policy::Source{policy::SourceKind::host, wire::to_string(origin)}}) {
    const auto fresh = world_.ledger.enter(source, now, what_.id);
    if (!fresh.ok()) {
      fail(fresh.error());
      return false;
    }
    if (!*fresh) continue;
    act(Record{rows::entered(*what_.turn, **fresh), policy::LedgerFact(**fresh), false});
    entering_ = true;
  }
  return true;
}

// All of the round is answered. The provider hears it once the rows of what has entered, through this call or another,
// stand on the disk: a restart must not forget whose words the agent may have read.
void Call::hand_over() {
  const bool durable = world_.ledger.entered().size() <= world_.durable_entries;
  if (state_ != State::entering && (entering_ || !durable)) {
    state_ = State::entering;
    return act(AwaitEntries{});
  }
  entering_ = false;
  if (permit_) return ask_round();
  note_reading();
  ask_plan();
}

// A grant that is taken back ends what runs under it, too, and what rests on what was read under it. What waits for a
// person goes on: made, it is planned anew.
void Call::end_under(const std::function<bool(const policy::Grant&)>& taken_back) {
  if (state_ == State::held || state_ == State::asking || state_ == State::finished) return;
  const auto ends = [&](const base::GrantId& id) {
    const auto* grant = world_.ledger.grant(id);
    return grant != nullptr && taken_back(*grant);
  };
  if (!std::ranges::any_of(readings_, ends) && !(permit_ && ends(permit_->grant().id))) return;
  fail(Error{Code::permission_denied, "The person has taken the permission back.", "Do not try again."});
}

void Call::finish(wire::Value result) {
  act(Reply{std::move(result)});
  done("ok");
}

}  // namespace x1::broker
