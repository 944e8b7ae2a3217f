#include "broker/rows.hpp"

namespace x1::broker::rows {

using audit::Entry;
using wire::Value;

Entry entry(base::TimePoint now, std::string_view kind, const Turn* turn, std::string_view outcome) {
  Entry made;
  made.time = now;
  made.kind = kind;
  made.outcome = outcome;
  if (turn != nullptr) {
    made.actor = turn->certificate.actor.text();
    made.turn = number_of(*turn);
  }
  return made;
}

Entry boot(base::TimePoint now, const crypto::PublicKey& boot_key) {
  auto made = entry(now, "session.boot", nullptr);
  made.detail = Value::Object{{"boot_key", crypto::to_text(boot_key)}};
  return made;
}

Entry mended(base::TimePoint now, std::uint64_t cut_bytes) {
  auto made = entry(now, "journal.mended", nullptr);
  made.detail = Value::Object{{"cut_bytes", static_cast<std::int64_t>(cut_bytes)}};
  return made;
}

Entry closed(base::TimePoint now, std::string_view reason) {
  auto made = entry(now, "chain.closed", nullptr);
  made.detail = Value::Object{{"reason", reason}};
  return made;
}

Entry replaced(base::TimePoint now, const Turn& turn, std::string_view from, std::string_view outcome) {
  auto made = entry(now, "agent.replaced", &turn, outcome);
  made.detail = Value::Object{{"from", from}, {"to", turn.certificate.actor.text()}};
  return made;
}

Entry asked(base::TimePoint now, const Turn& turn, const policy::Challenge& challenge) {
  auto made = entry(now, "consent.asked", &turn);
  made.tool = challenge.request.tool;
  made.scope = challenge.request.scope;
  made.digest = crypto::to_hex(challenge.digest);
  made.target = challenge.request.connection.text();
  made.detail = policy::to_value(policy::LedgerFact(policy::Asked{challenge}));
  return made;
}

Entry redeemed(base::TimePoint now, const policy::Redeemed& fact) {
  auto made = entry(now, "consent.granted", nullptr);
  made.actor = fact.token.actor.text();
  made.scope = fact.token.scope;
  made.grant = fact.grant.text();
  made.digest = crypto::to_hex(fact.token.digest);
  made.target = fact.token.connection.text();
  made.detail = policy::to_value(policy::LedgerFact(fact));
  return made;
}

namespace {

Entry about(Entry made, const policy::Challenge& challenge, const policy::LedgerFact& fact) {
  made.tool = challenge.request.tool;
  made.scope = challenge.request.scope;
  made.digest = crypto::to_hex(challenge.digest);
  made.detail = policy::to_value(fact);
  return made;
}

Entry under(base::TimePoint now, std::string_view kind, const Turn& turn, const policy::Permit& permit,
            const policy::LedgerFact& fact) {
  auto made = entry(now, kind, &turn);
  made.tool = permit.call().tool;
  made.scope = permit.scope();
  made.grant = permit.grant().id.text();
  made.detail = policy::to_value(fact);
  return made;
}

}  // namespace

Entry denied(base::TimePoint now, const policy::Denied& fact, const policy::Challenge& challenge,
             const policy::Control& control) {
  return about(controlled(now, "consent.denied", control), challenge, fact);
}

Entry denied_too(base::TimePoint now, const policy::Denied& fact, const policy::Challenge& challenge,
                 const policy::Control& control) {
  auto made = entry(now, "consent.denied", nullptr);
  made.actor = control.actor.text();
  return about(std::move(made), challenge, fact);
}

Entry barred(base::TimePoint now, const policy::Barred& fact, const policy::Challenge& challenge,
             const policy::Control& control) {
  return about(controlled(now, "consent.barred", control), challenge, fact);
}

Entry lifted(base::TimePoint now, const policy::Lifted& fact, const policy::Challenge& challenge,
             const policy::Control& control) {
  return about(controlled(now, "consent.lifted", control), challenge, fact);
}

Entry withdrawn(base::TimePoint now, const policy::Withdrawn& fact, const policy::Challenge& challenge,
                std::string_view why) {
  auto made = entry(now, "consent.withdrawn", nullptr, why);
  made.actor = challenge.request.actor.text();
  return about(std::move(made), challenge, fact);
}

Entry revoked(base::TimePoint now, const policy::Revoked& fact, const policy::Control& control) {
  auto made = controlled(now, "grant.revoked", control);
  made.detail = policy::to_value(policy::LedgerFact(fact));
  return made;
}

Entry keys_changed(base::TimePoint now, const policy::KeySet& keys) {
  auto made = entry(now, "keys.changed", nullptr);
  made.detail = policy::to_value(keys);
  return made;
}

Entry key_revoked(base::TimePoint now, const policy::Revoked& fact) {
  auto made = entry(now, "grant.revoked", nullptr);
  made.target = "a key of the API was revoked";
  made.detail = policy::to_value(policy::LedgerFact(fact));
  return made;
}

Entry entered(const Turn& turn, const policy::Entered& fact) {
  auto made = entry(fact.at, "source.entered", &turn);
  made.target = std::string(policy::to_string(fact.source.kind)) + " " + fact.source.id;
  made.detail = policy::to_value(policy::LedgerFact(fact));
  return made;
}

Entry spent(base::TimePoint now, const Turn& turn, const policy::Permit& permit) {
  return under(now, "grant.spent", turn, permit, policy::Spent{permit.grant().id});
}

Entry used(base::TimePoint now, const Turn& turn, const policy::Permit& permit, const policy::Used& fact) {
  return under(now, "grant.used", turn, permit, fact);
}

Entry returned(base::TimePoint now, const Turn& turn, const policy::Permit& permit, const policy::Returned& fact) {
  return under(now, "grant.returned", turn, permit, fact);
}

Entry controlled(base::TimePoint now, std::string_view kind, const policy::Control& control) {
  auto made = entry(now, kind, nullptr);
  made.actor = control.actor.text();
  made.target = "control " + control.id;
  return made;
}

Entry turn_ended(base::TimePoint now, std::string_view kind, const policy::Control& control, std::uint64_t turn,
                 std::string_view outcome) {
  auto made = controlled(now, kind, control);
  made.turn = turn;
  made.detail = Value::Object{{"outcome", outcome}};
  return made;
}

Entry dialled(base::TimePoint now, const Turn& turn, const policy::RequestPermit& permit) {
  auto made = entry(now, "call.dialled", &turn);
  const auto& request = permit.request();
  made.tool = permit.call().tool;
  made.scope = permit.scope();
  made.grant = permit.grant().id.text();
  made.target = std::string(wire::to_string(request.method)) + " " + wire::to_string(request.origin) + request.target;
  made.digest = crypto::to_hex(wire::digest_of(request));
  made.detail = Value::Object{{"call", permit.call().id.text()}};
  return made;
}

}  // namespace x1::broker::rows
