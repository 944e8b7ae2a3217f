// The second half of a call: it was allowed. Rounds of requests, each decided on by itself, until there is a result.
#include "broker/call.hpp"
#include "broker/rows.hpp"

namespace x1::broker {

using base::Code;
using base::Error;
using wire::Value;

void Call::start_run(policy::Permit permit) {
  const auto now = world_.clock.now();
  permit_.emplace(std::move(permit));
  // A grant for one request is used up before the request is made, so that no crash can make it two.
  if (permit_->grant().lifetime == policy::Lifetime::once) {
    act(Record{rows::spent(now, *what_.turn, *permit_), policy::LedgerFact(policy::Spent{permit_->grant().id}), false});
  }
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
  send_round(std::move(wants.requests));
}

// All of a round is decided on before any of it is sent.
void Call::send_round(std::vector<wire::PlannedRequest> wanted) {
  to_send_.clear();
  sent_ = answered_ = 0;
  const auto planned =
      request_ ? std::span<const wire::PlannedRequest>(request_->requests) : std::span<const wire::PlannedRequest>();
  for (auto& request : wanted) {
    request.origin = what_.connection->url.origin;
    auto decision =
        policy::decide_request(*permit_, request, requests_++, planned, *what_.tool.manifest, what_.connection->url);
    if (const auto* no = std::get_if<policy::Deny>(&decision)) return deny(no->reason);
    to_send_.push_back(std::get<policy::RequestPermit>(std::move(decision)));
  }
  answers_.resize(to_send_.size());
  state_ = State::sending;
  send_next();
}

// Reads go out together; requests that change something go one after the other, so that a failure stops the rest.
void Call::send_next() {
  const std::size_t until = what_.tool.scope->side_effects ? sent_ + 1 : to_send_.size();
  for (; sent_ < until; ++sent_)
    act(Send{sent_, std::move(to_send_[sent_])});
}

void Call::request_answered(RequestAnswered& answered) {
  if (answered.index >= answers_.size()) return;
  if (const auto* error = std::get_if<Error>(&answered.outcome)) {
    outcomes_.push_back(Value::Object{{"failed", base::to_string(error->code)}, {"sent", answered.sent}});
    return fail(*error);
  }
  auto& answer = std::get<seam::dialer::Answer>(answered.outcome);
  outcomes_.push_back(Value::Object{{"status", static_cast<std::int64_t>(answer.status)}, {"address", answer.address}});
  answers_[answered.index] = std::move(answer);
  if (++answered_ == answers_.size()) return ask_round();
  if (sent_ < to_send_.size() && answered_ == sent_) send_next();
}

// A grant that was revoked ends what runs under it, too. Spent is no end: it was spent for this very call.
void Call::check_grant() {
  for (const auto& grant : world_.ledger.grants()) {
    if (grant.id != permit_->grant().id || !grant.revoked) continue;
    return fail(Error{Code::permission_denied, "The person has taken the permission back.", "Do not try again."});
  }
}

void Call::finish(wire::Value result) {
  act(Reply{std::move(result)});
  done("ok");
}

}  // namespace x1::broker
