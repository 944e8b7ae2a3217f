// The first half of a call: is there a grant; if not, what would be sent, and may the person be asked about it.
#include "broker/call.hpp"
#include "broker/rows.hpp"
#include "broker/tickets.hpp"

namespace x1::broker {

using base::Code;
using base::Error;
using wire::Value;

namespace {

Value status(std::string_view text) { return Value::Object{{"status", text}}; }

Error malformed_answer(std::string message) {
  return Error{Code::provider_error, "The provider's answer was refused: " + std::move(message), ""};
}

}  // namespace

// Nothing of the call is decided or planned before it is known for what part of the account it is. For what the tool
// reads to plan it, a part counts as well.
void Call::choose_part() {
  if (what_.part_named) return;
  what_.within.reset();
  auto call = decision_call();
  const auto& actor = what_.turn->certificate.actor;
  const auto& manifest = *what_.tool.manifest;
  const auto now = world_.clock.now();
  what_.within = policy::part_for(call, manifest, world_.ledger.grants_for(actor, what_.tool.scope->name), now);
  const auto* reading = reading_scope();
  if (what_.within || reading == nullptr) return;
  call.reads = true;
  what_.within = policy::part_for(call, manifest, world_.ledger.grants_for(actor, reading->name), now);
}

// A standing grant needs no plan: its dialog said that single requests are not shown. But what was planned, and may
// have been shown, is made as it was planned, under whatever grant; and a tool that must read first does so by
// planning, under the grants for reading.
void Call::begin() {
  choose_part();
  auto decision = decide();
  auto* allow = std::get_if<policy::Allow>(&decision);
  if (allow != nullptr && reading_scope() == nullptr) {
    hold_to_plan();
    return go_ahead(std::move(allow->permit));
  }
  if (const auto* no = std::get_if<policy::Deny>(&decision)) return deny(no->reason);
  if (allow == nullptr && what_.purpose == ToolCall::Purpose::permission && is_barred(what_.tool.scope->name)) {
    return refuse_barred();
  }
  if (reading_scope() != nullptr && take_up_plan()) return;
  state_ = State::planning;
  act(SetDeadline{plan_limit});
  act(ask_provider(policy::TicketMode::plan));
}

void Call::plan_answered(Meaning& meaning) {
  if (auto* failed = std::get_if<seam::gate::ProviderFailed>(&meaning)) {
    return fail(Error{failed->code, std::move(failed->message), ""});
  }
  if (auto* wants = std::get_if<seam::gate::ProviderWants>(&meaning)) {
    if (is_reading(wants->requests)) return read_for_plan(*wants);
    return take_plan(std::move(wants->requests));
  }
  take_plan({});  // it needs nothing from outside
}

void Call::take_plan(std::vector<wire::PlannedRequest> requests) {
  if (requests.size() > max_requests_in_a_round) return fail(malformed_answer("it planned more than 16 requests."));
  for (auto& request : requests) {
    request.origin = what_.connection->url.origin;
    if (auto checked = wire::check_planned(request); !checked.ok()) {
      return fail(malformed_answer(checked.error().message));
    }
    // The person is not asked about what would be refused after their yes.
    if (const auto refusal = policy::refusal_of(*what_.tool.scope, request, what_.within, what_.connection->url)) {
      return deny(*refusal);
    }
  }
  const auto& certificate = what_.turn->certificate;
  request_ =
      wire::CanonicalRequest{certificate.session,  certificate.actor, what_.tool.tool->name, what_.tool.scope->name,
                             what_.connection->id, what_.arguments,   std::move(requests)};
  digest_ = wire::digest_of(*request_);

  auto decision = decide();
  if (const auto* no = std::get_if<policy::Deny>(&decision)) return deny(no->reason);
  remember_plan();
  if (auto* allow = std::get_if<policy::Allow>(&decision)) return go_ahead(std::move(allow->permit));
  needs_permission();
}

bool Call::is_barred(const std::string& scope) const {
  return world_.ledger.barred(what_.turn->certificate.actor, scope, what_.connection->id) != nullptr;
}

// The person has said no to the like of it for the session: that is the answer, and nobody is asked.
void Call::refuse_barred() {
  if (what_.purpose == ToolCall::Purpose::run) {
    return fail(
        Error{Code::permission_denied, "The person has said no to this for the whole session.", "Do not ask again."});
  }
  act(Reply{status("denied")});
  done("ok");
}

void Call::needs_permission() {
  if (is_barred(request_->scope)) return refuse_barred();
  const auto now = world_.clock.now();
  const auto* pending = world_.ledger.pending(*digest_, what_.turn->certificate.turn, now);
  if (what_.purpose == ToolCall::Purpose::run) {
    Value::Object detail{{"scope", request_->scope},
                         {"digest", crypto::to_hex(*digest_)},
                         {"how", "call request_permission with this tool and these arguments"}};
    if (pending == nullptr) {
      return fail(Error{Code::permission_required, "This needs the person's permission.",
                        "Call request_permission with this tool and these arguments."},
                  std::move(detail));
    }
    detail.emplace("ticket", pending->id.text());
    return fail(Error{Code::permission_pending, "The person has not decided yet.",
                      "Call request_permission with this tool and these arguments to wait for the decision."},
                std::move(detail));
  }
  if (pending != nullptr) return hold(pending->id);
  // Answered meanwhile, and not told: that is the answer to this call.
  if (const auto told = world_.untold.recall(*digest_)) {
    const auto* known = world_.ledger.challenge(*told);
    const auto state = world_.ledger.state(*told, now);
    const bool no = state == policy::ChallengeState::denied || state == policy::ChallengeState::withdrawn;
    if (no && known->turn == what_.turn->certificate.turn) {
      challenge_ = *told;
      return look_at_challenge();
    }
  }
  // A person who is asked without end agrees without reading.
  if (world_.ledger.pending_count(now) >= max_open_challenges) {
    return fail(Error{Code::too_many, "16 requests for permission wait for the person.", "Wait for a decision."});
  }
  auto id = base::ChallengeId::parse(crypto::random_id(world_.random));
  X1_CHECK(id.ok());
  asked_ = challenge(std::move(*id), now);
  state_ = State::asking;
  act(Record{rows::asked(now, *what_.turn, *asked_), policy::LedgerFact(policy::Asked{*asked_}), true});
}

// What the person sees beside the request, and what they may choose instead of all that is asked for.
policy::Challenge Call::challenge(base::ChallengeId id, base::TimePoint now) const {
  const auto& certificate = what_.turn->certificate;
  policy::Challenge asked{std::move(id), certificate.session,  certificate.turn,       *request_, *digest_,
                          now,           now + challenge_life, asked_scope().assurance};
  asked.base_path = what_.connection->url.path;
  asked.within = what_.within;
  for (const auto& entered : world_.ledger.entered())
    asked.sources.push_back(entered.source);
  asked.known = known_;
  if (!what_.account_named) asked.choices.accounts = what_.turn->accounts(what_.tool.manifest->connection_kind);
  asked.choices.parts = world_.parts.below(what_.connection->id, base_path(), request_->requests);
  return asked;
}

// The agent hears for what part, so that it does not look for the rest.
Value Call::granted() const {
  Value reply = status("granted");
  for (const auto& grant : world_.ledger.grants()) {
    if (challenge_ && grant.challenge == *challenge_ && grant.within)
      reply.object()->insert_or_assign("within", *grant.within);
  }
  return reply;
}

// The person wants to be asked about another of their accounts: the call is planned anew for that one, so that the next
// question again shows exactly what would be sent. Each such step is one answer of the person.
void Call::ask_about(const base::ConnectionId& account) {
  const auto* connection = what_.turn->connection(what_.tool.manifest->connection_kind, account.text());
  if (connection == nullptr) return deny(policy::DenyReason::unknown_connection);
  what_.connection = connection;
  what_.within.reset();
  what_.part_named = false;
  request_.reset();
  digest_.reset();
  challenge_.reset();
  asked_.reset();
  reading_.reset();
  rounds_ = 0;
  provider_state_.clear();
  answers_.clear();
  readings_.clear();
  begin();
}

void Call::ask_person() {
  act(AskPeople{*asked_});
  hold(asked_->id);
}

void Call::hold(const base::ChallengeId& challenge) {
  challenge_ = challenge;
  world_.untold.remember(*digest_, challenge);
  if (!what_.wait) {
    act(Reply{Value::Object{{"status", "pending"},
                            {"ticket", challenge.text()},
                            {"next", "Call request_permission with this ticket alone to hear how it stands."}}});
    return done("ok");
  }
  state_ = State::held;
  act(SetDeadline{hold_limit});
  // It may have been decided between the question and here.
  if (world_.ledger.state(challenge, world_.clock.now()) != policy::ChallengeState::pending) look_at_challenge();
}

// Waiting is not denying: without a decision the answer is pending, and asking again goes on waiting.
void Call::look_at_challenge(bool held_enough) {
  const auto state = world_.ledger.state(*challenge_, world_.clock.now());
  if (state == policy::ChallengeState::granted || state == policy::ChallengeState::denied) {
    world_.untold.forget(*digest_);
    if (state == policy::ChallengeState::granted && plan_goes_on()) return;
    if (const auto* account = world_.ledger.instead_of(*challenge_)) return ask_about(*account);
    act(Reply{state == policy::ChallengeState::granted ? granted() : status("denied")});
    return done("ok");
  }
  if (state == policy::ChallengeState::withdrawn) {
    world_.untold.forget(*digest_);
    return fail(question_withdrawn());
  }
  if (state == policy::ChallengeState::pending && !held_enough) return;
  const bool expired = state != policy::ChallengeState::pending;
  if (expired) world_.untold.forget(*digest_);
  act(Reply{
      Value::Object{{"status", "pending"},
                    {"ticket", challenge_->text()},
                    {"next", expired ? "The question has expired; call request_permission again to ask anew."
                                     : "Call request_permission again with the same arguments to go on waiting."}}});
  done("ok");
}

}  // namespace x1::broker
