#include "broker/call.hpp"

#include "broker/provider_ask.hpp"
#include "broker/rows.hpp"

namespace x1::broker {
namespace {

using base::Code;
using base::Error;

template <class... F>
struct Each : F... {
  using F::operator()...;
};

Error stopped_by(policy::DenyReason reason) {
  switch (reason) {
    case policy::DenyReason::no_active_turn:
      return Error{Code::no_active_turn, "No turn is open.", "Wait for the person's next message."};
    case policy::DenyReason::unknown_tool:
      return Error{Code::not_found, "There is no such tool.", "List the tools again."};
    case policy::DenyReason::unknown_connection:
    case policy::DenyReason::wrong_session:
      return Error{Code::not_allowed, "The call does not fit the session's connections.", ""};
    case policy::DenyReason::method_or_path:
      return Error{Code::not_allowed, "The provider wanted a request that its manifest does not allow.", ""};
    case policy::DenyReason::body:
      return Error{Code::not_allowed, "The provider wanted a request whose body asks for more than it may.", ""};
    case policy::DenyReason::not_planned:
      return Error{Code::not_planned, "The provider wanted a request other than the ones that were agreed to.",
                   "Call request_permission again."};
    case policy::DenyReason::wrong_origin:
      return Error{Code::not_allowed, "The provider wanted a request to another server.", ""};
    case policy::DenyReason::malformed:
      return Error{Code::provider_error, "The provider wanted a malformed request.", ""};
  }
  return Error{Code::not_allowed, "The call is not allowed.", ""};
}

}  // namespace

Call::Call(const CallWorld& world, ToolCall what) : world_(world), what_(std::move(what)) {}

CallActions Call::resume(CallEvent event) {
  if (state_ == State::finished) return {};
  returning_ = 0;
  std::visit(Each{[&](Begin&) { begin(); }, [&](ProviderAnswered& answered) { provider_answered(answered); },
                  [&](ProviderUnderstood& understood) {
                    if (state_ == State::reading_plan) plan_answered(understood.meaning);
                    if (state_ == State::reading) round_answered(understood.meaning);
                  },
                  [&](AskedDurably&) {
                    if (state_ == State::asking) ask_person();
                  },
                  [&](EnteredDurably&) {
                    if (state_ == State::entering) hand_over();
                  },
                  [&](RequestAnswered& answered) {
                    if (state_ == State::sending || state_ == State::sending_for_plan) request_answered(answered);
                  },
                  [&](LedgerChanged&) {
                    if (state_ == State::held) look_at_challenge();
                    end_under([](const policy::Grant& grant) { return grant.revoked; });
                  },
                  [&](TakenBack& taken) {
                    end_under([&](const policy::Grant& grant) { return policy::concerns(taken.what, grant); });
                  },
                  [&](DeadlinePassed&) { deadline_passed(); }, [&](Stopped& stopped) { fail(std::move(stopped.why)); }},
             event);
  return std::exchange(actions_, {});
}

void Call::provider_answered(ProviderAnswered& answered) {
  if (state_ != State::planning && state_ != State::running) return;
  if (!answered.bytes.ok()) {
    const bool late = answered.bytes.error().code == Code::timed_out;
    return fail(late ? Error{Code::timed_out, "The provider did not answer in time.", "Try again."}
                     : Error{Code::provider_error, "The provider can't be reached.", "Try again."});
  }
  state_ = state_ == State::planning ? State::reading_plan : State::reading;
  act(Understand{std::move(answered.bytes).value()});
}

void Call::deadline_passed() {
  if (state_ == State::held) return look_at_challenge(true);
  fail(Error{Code::timed_out, "The call took too long.", "Try again, or ask for less."});
}

AskProvider Call::ask_provider(policy::TicketMode mode) {
  const policy::Ticket ticket{what_.id,
                              what_.turn->certificate.session,
                              what_.turn->certificate.turn,
                              what_.turn->certificate.actor,
                              what_.tool.tool->name,
                              what_.tool.scope->name,
                              what_.connection->id,
                              mode,
                              world_.clock.now() + (mode == policy::TicketMode::plan ? plan_limit : run_limit)};
  std::string plan_ticket;
  if (mode == policy::TicketMode::plan) plan_ticket = policy::sign(ticket, world_.key);
  // One ticket serves all rounds of a call.
  if (mode == policy::TicketMode::run && run_ticket_.empty()) run_ticket_ = policy::sign(ticket, world_.key);
  const auto& signed_ticket = mode == policy::TicketMode::plan ? plan_ticket : run_ticket_;
  auto url = what_.connection->url;
  url.path = base_path();
  const auto narrowed = what_.within ? wire::to_string(url) : what_.connection->url_text;
  return AskProvider{what_.tool.manifest->domain,
                     encode(ProviderAsk{ticket, signed_ticket, what_.arguments, narrowed, provider_state_, answers_})};
}

policy::Call Call::decision_call() const {
  const auto& certificate = what_.turn->certificate;
  policy::Call call{
      what_.id, certificate.session, certificate.turn, certificate.actor, what_.tool.tool->name, what_.connection->id,
      digest_};
  call.within = what_.within;
  call.entered = world_.ledger.entered().size();
  return call;
}

policy::Decision Call::decide() { return decide(decision_call(), what_.tool.scope->name); }

policy::Decision Call::decide(const policy::Call& call, const std::string& scope) {
  const auto grants = world_.ledger.grants_for(what_.turn->certificate.actor, scope);
  auto decision = policy::decide(call, *what_.tool.manifest, grants, world_.clock.now());
  if (const auto* ask = std::get_if<policy::Ask>(&decision)) known_ = ask->known;
  return decision;
}

std::string_view Call::base_path() const { return policy::base_path_of(what_.within, what_.connection->url); }

audit::Entry Call::entry(std::string_view kind, std::string_view outcome) const {
  auto made = rows::entry(world_.clock.now(), kind, what_.turn.get(), outcome);
  made.tool = what_.tool.tool->name;
  made.scope = what_.tool.scope->name;
  if (permit_) made.grant = permit_->grant().id.text();
  if (digest_) made.digest = crypto::to_hex(*digest_);
  made.target = what_.connection->id.text();
  made.detail = wire::Value::Object{{"call", what_.id.text()}};
  return made;
}

void Call::deny(policy::DenyReason reason) { fail(stopped_by(reason)); }

void Call::fail(Error error, wire::Value detail) {
  if (state_ == State::sending || state_ == State::sending_for_plan) act(CancelSends{});
  const std::string outcome(base::to_string(error.code));
  act(ReplyError{std::move(error), std::move(detail)});
  done(outcome);
}

// The answer goes out before the closing row is signed: what it tells of has already been recorded.
void Call::done(std::string_view outcome) {
  auto row = entry(permit_ ? "call.finished" : "call.refused", outcome);
  if (!outcomes_.empty()) row.detail.object()->emplace("answers", std::move(outcomes_));
  const bool asked_only = what_.purpose == ToolCall::Purpose::permission && outcome == "ok";
  if (!asked_only) act(Record{std::move(row), std::nullopt, false});
  if (permit_) {
    act(Announce{
        NewEvent{"call.finished", {{"call", what_.id.text()}, {"tool", what_.tool.tool->name}, {"outcome", outcome}}}});
  }
  state_ = State::finished;
}

}  // namespace x1::broker
