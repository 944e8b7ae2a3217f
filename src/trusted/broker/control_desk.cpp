#include "broker/control_desk.hpp"

#include <algorithm>

#include "broker/rows.hpp"
#include "wire/jws.hpp"

namespace x1::broker {
namespace {

using base::Code;
using base::Error;
using wire::Value;

constexpr std::size_t max_token_bytes = 64 * 1024;

std::string error_text(const Error& error) {
  return "error " + std::string(base::to_string(error.code)) + " " + error.message;
}

}  // namespace

void ControlDesk::take(std::string_view token, const OnAnswer& then) {
  if (core_.commit.failure()) return then(error_text(*core_.commit.failure()));
  if (token.size() > max_token_bytes) return then(error_text({Code::too_large, "The token is too large.", ""}));
  if (wire::claimed_type(token) == wire::TokenType::consent) return redeem(token, then);
  const auto control = policy::verify_control(token, core_.api_keys, core_.clock.now());
  answer(control.ok() ? obey(*control) : base::Status(control.error()), then);
}

void ControlDesk::answer(const base::Status& done, const OnAnswer& then) {
  if (!done.ok()) return then(error_text(done.error()));
  core_.commit.after_all([then](base::Result<Recorded> row) { then(row.ok() ? "ok" : error_text(row.error())); });
}

// Whether a passkey has to confirm it, the ledger says; by which one it was confirmed, only the vault.
void ControlDesk::redeem(std::string_view text, const OnAnswer& then) {
  auto consent = policy::verify_consent(text, core_.api_keys, core_.clock.now());
  if (!consent.ok()) return then(error_text(consent.error()));
  const base::Error none{Code::passkey_required, "This has to be confirmed with a passkey.", ""};
  if (!consent->assertion || consent->session != core_.session) return answer(redeem(*consent, text, none), then);
  effects_.check_passkey(std::string(text), [this, token = std::move(*consent), text = std::string(text),
                                             then](const base::Result<policy::Passkey>& passkey) {
    if (core_.commit.failure()) return then(error_text(*core_.commit.failure()));
    // Asked again: the key may have been revoked while the vault was asked, and the token has grown older.
    const auto still = policy::verify_consent(text, core_.api_keys, core_.clock.now());
    if (!still.ok()) return then(error_text(still.error()));
    answer(redeem(token, text, passkey), then);
  });
}

base::Status ControlDesk::redeem(const policy::ConsentToken& token, std::string_view text,
                                 const base::Result<policy::Passkey>& passkey) {
  if (token.session != core_.session) return Error{Code::invalid_token, "The consent is for another session.", ""};
  const auto& grants = core_.memory.ledger.grants();
  // The API asks again until it hears an answer. The same token twice is one grant.
  if (std::ranges::find(grants, text, &policy::Grant::consent) != grants.end()) return base::Done{};
  auto grant = base::GrantId::parse(crypto::random_id(core_.random));
  X1_CHECK(grant.ok());
  const auto now = core_.clock.now();
  const auto known = passkey.ok() ? std::optional(*passkey) : std::nullopt;
  auto fact = core_.memory.ledger.redeem(token, text, *grant, now, known);
  if (!fact.ok()) {
    // What the vault said against the passkey tells more than that there is none.
    const auto& why = token.assertion && !passkey.ok() ? passkey.error() : fact.error();
    auto row = rows::entry(now, "consent.refused", nullptr, base::to_string(why.code));
    row.actor = token.actor.text();
    row.scope = token.scope;
    core_.record(std::move(row));
    return why;
  }
  core_.record(rows::redeemed(now, *fact), policy::LedgerFact(*fact));
  tell(NewEvent{"consent.granted",
                {{"challenge", token.challenge.text()},
                 {"grant", grant->text()},
                 {"lifetime", policy::to_string(token.lifetime)}}});
  effects_.ledger_changed();
  return base::Done{};
}

base::Status ControlDesk::obey(const policy::Control& control) {
  if (control.session != core_.session) return Error{Code::invalid_token, "The control is for another session.", ""};
  if (core_.memory.controls.contains(control.id)) return base::Done{};
  auto done = std::visit([&](const auto& what) { return act(control, what); }, control.action);
  if (done.ok()) core_.memory.controls.insert(control.id);
  return done;
}

// What a person decides is no work of the turn that happens to be open.
void ControlDesk::tell(NewEvent event) {
  const auto told = core_.announce(std::move(event), nullptr);
  if (!told.ok()) core_.log.error("event.refused", told.error());
}

base::Status ControlDesk::act(const policy::Control& control, const policy::DenyChallenge& what) {
  if (what.for_session) return bar(control, what.challenge);
  // A no after the yes, from somebody who has left the session: what the yes gave is taken back.
  const auto& grants = core_.memory.ledger.grants();
  const auto given = std::ranges::find(grants, what.challenge, &policy::Grant::challenge);
  if (given != grants.end()) return act(control, policy::RevokeGrants{given->id, std::nullopt});
  const auto now = core_.clock.now();
  X1_TRY(fact, core_.memory.ledger.deny(what.challenge, now, what.instead));
  const auto* challenge = core_.memory.ledger.challenge(what.challenge);
  core_.record(rows::denied(now, fact, *challenge, control), policy::LedgerFact(fact));
  Value::Object payload{{"challenge", what.challenge.text()}};
  if (what.instead) payload.emplace("use_connection", what.instead->text());
  tell(NewEvent{"consent.denied", std::move(payload)});
  effects_.ledger_changed();
  return base::Done{};
}

// Of several rows only the last has the control's id: after a crash among them it is obeyed again.
void ControlDesk::deny_all(const policy::Control& control, const std::vector<base::ChallengeId>& questions) {
  const auto now = core_.clock.now();
  for (const auto& id : questions) {
    const auto fact = core_.memory.ledger.deny(id, now);
    if (!fact.ok()) continue;
    core_.record(rows::denied_too(now, *fact, *core_.memory.ledger.challenge(id), control), policy::LedgerFact(*fact));
    tell(NewEvent{"consent.denied", {{"challenge", id.text()}}});
  }
}

// It holds although the question has expired meanwhile; the others of its kind that wait are answered by it, too.
base::Status ControlDesk::bar(const policy::Control& control, const base::ChallengeId& id) {
  auto& ledger = core_.memory.ledger;
  X1_TRY(fact, ledger.bar(id));
  const auto now = core_.clock.now();
  const auto& challenge = *ledger.challenge(id);
  const auto& request = challenge.request;
  deny_all(control, ledger.pending({request.actor, request.scope, request.connection}, now));
  core_.record(rows::barred(now, fact, challenge, control), policy::LedgerFact(fact));
  tell(NewEvent{"consent.barred", {{"challenge", id.text()}}});
  effects_.ledger_changed();
  return base::Done{};
}

base::Status ControlDesk::act(const policy::Control& control, const policy::LiftDenial& what) {
  X1_TRY(fact, core_.memory.ledger.lift(what.challenge));
  core_.record(rows::lifted(core_.clock.now(), fact, *core_.memory.ledger.challenge(what.challenge), control),
               policy::LedgerFact(fact));
  tell(NewEvent{"consent.lifted", {{"challenge", what.challenge.text()}}});
  return base::Done{};
}

// A yes that is on its way finds its question answered: whatever comes first, it grants nothing.
base::Status ControlDesk::act(const policy::Control& control, const policy::RevokeGrants& what) {
  const auto now = core_.clock.now();
  if (!what.grant) deny_all(control, core_.memory.ledger.pending({what.actor, what.scope}, now));
  const auto fact = core_.memory.ledger.revoke(what);
  core_.record(rows::revoked(now, fact, control), policy::LedgerFact(fact));
  // People are told of all that it is about and that serve nothing any more, those that were spent among them.
  Value::Array grants;
  for (const auto& grant : core_.memory.ledger.grants()) {
    if (policy::concerns(what, grant) && (grant.revoked || grant.spent)) grants.emplace_back(grant.id.text());
  }
  tell(NewEvent{"grant.revoked", {{"grants", std::move(grants)}}});
  effects_.cut(what);
  effects_.ledger_changed();
  return base::Done{};
}

base::Status ControlDesk::act(const policy::Control& control, const policy::CancelTurn& what) {
  return end_turn(control, "turn.cancel_asked", what.turn, "cancelled");
}

base::Status ControlDesk::act(const policy::Control& control, const policy::FinishTurn& what) {
  return end_turn(control, "agent.exited", what.turn, what.failed ? "failed" : "completed");
}

base::Status ControlDesk::act(const policy::Control& control, const policy::EndSession&) {
  core_.record(rows::controlled(core_.clock.now(), "session.end_asked", control));
  effects_.end_session();
  return base::Done{};
}

// The API opens a turn before this broker does: one that is not open here yet is closed as soon as it is. Of one that
// is closed already there is nothing left to end.
base::Status ControlDesk::end_turn(const policy::Control& control, std::string_view kind, base::TurnNumber turn,
                                   std::string_view outcome) {
  const auto number = static_cast<std::uint64_t>(turn);
  core_.record(rows::turn_ended(core_.clock.now(), kind, control, number, outcome));
  if (core_.turns.open_turn(number)) {
    effects_.close_turn(outcome);
  } else {
    remember_end(core_.memory, number, outcome);
  }
  return base::Done{};
}

base::Status ControlDesk::act(const policy::Control& control, const policy::AnswerQuestion& what) {
  if (!effects_.answer_question(what.question, what.text)) {
    // The person was told that their answer is on its way: the broker that had asked may have ended since.
    tell(NewEvent{"agent.question_over", {{"question", what.question}}});
    return Error{Code::not_found, "No such question waits for an answer.", ""};
  }
  core_.record(rows::controlled(core_.clock.now(), "question.answered", control));
  return base::Done{};
}

}  // namespace x1::broker
