#include "api/event_effects.hpp"

#include "api/access.hpp"
#include "api/decision.hpp"
#include "api/revocation.hpp"
#include "policy/challenge.hpp"

namespace x1::api {
namespace {

using wire::Value;

base::Error malformed(const Event& event) {
  return base::Error{base::Code::invalid_request, "The payload is not that of " + event.type + ".", ""};
}

template <class Id>
base::Result<Id> id_member(const Event& event, std::string_view name) {
  const auto* text = event.payload.find_string(name);
  if (text == nullptr) return malformed(event);
  return Id::parse(*text);
}

// A broker that has booted again says once more what it is not sure to have said, or has signed by another key than its
// own. People are shown the same question, with the signature that they can check now.
Status asked_again(Services& services, const Event& event, const ChallengeRecord& known,
                   const policy::Challenge& challenge) {
  if (known.session != event.session || known.digest != challenge.digest) return malformed(event);
  const auto* before = known.asked.find("challenge");
  if (before == nullptr || *before != *event.payload.find("challenge")) return base::Done{};
  return services.store.consents().set_asked(known.id, event.payload);
}

// The challenge is recomputed from the request that the person will be shown: a digest that is not of that request is
// refused here, and never asked about.
Status asked(Services& services, const Event& event) {
  const auto* member = event.payload.find("challenge");
  if (member == nullptr) return malformed(event);
  X1_TRY(challenge, policy::challenge_from(*member));
  const auto number = static_cast<std::uint64_t>(challenge.turn);
  if (challenge.session != event.session || challenge.request.session != event.session) return malformed(event);
  // Outside a turn a broker says again what it had asked before it was started anew.
  if (event.turn != 0 && event.turn != number) return malformed(event);
  X1_TRY(turn, required(services.store.turns().find(event.session, number), "turn"));
  if (turn.actor != challenge.request.actor) return malformed(event);
  X1_TRY(known, services.store.consents().challenge(challenge.id));
  if (known) return asked_again(services, event, *known, challenge);
  X1_TRY(connection, required(services.store.connections().find(challenge.request.connection), "connection"));
  if (connection.owner != challenge.request.actor) return malformed(event);
  return services.store.consents().add_challenge(ChallengeRecord{
      challenge.id, event.session, number, challenge.request.actor, challenge.request.scope,
      challenge.request.connection, challenge.digest, event.payload, ChallengeState::pending, challenge.expires});
}

base::Result<ChallengeRecord> challenge_of(Services& services, const Event& event) {
  X1_TRY(id, id_member<ChallengeId>(event, "challenge"));
  X1_TRY(challenge, required(services.store.consents().challenge(id), "challenge"));
  if (challenge.session != event.session) return malformed(event);
  return challenge;
}

// A grant that no consent of ours stands behind is no grant.
Status granted(Services& services, const Event& event) {
  X1_TRY(challenge, challenge_of(services, event));
  X1_TRY(grant, id_member<GrantId>(event, "grant"));
  X1_TRY(known, services.store.consents().grant(grant));
  if (known) return known->challenge == challenge.id ? Status(base::Done{}) : Status(malformed(event));
  X1_TRY(consent, required(services.store.consents().consent(challenge.id), "consent"));
  X1_TRY(session, required(services.store.sessions().find(event.session), "session"));
  X1_TRY(asked, asked_in(challenge));
  if (!step::RedeemChallenge::leaves(challenge.state)) return malformed(event);
  X1_TRY(set, services.store.consents().set_state(challenge.id, step::RedeemChallenge::to));
  const GrantRecord record{grant,
                           event.session,
                           challenge.id,
                           challenge.actor,
                           consent.scope,
                           consent.connection,
                           consent.lifetime,
                           consent.until,
                           GrantState::live,
                           event.time,
                           consent.limits,
                           {},
                           policy::granted_part(consent, asked)};
  X1_TRY(added, services.store.consents().add_grant(record));
  if (is_over(session.state)) return services.store.consents().set_state(grant, step::RevokeGrant::to);
  // The consent was on its way when its connection was forgotten, or its person left: it is taken back at once.
  X1_TRY(connection, services.store.connections().find(consent.connection));
  X1_TRY(left, services.store.consents().is_taken_back(challenge.id));
  return connection && !left ? Status(base::Done{}) : revoke(services, record, challenge.actor);
}

Status denied(Services& services, const Event& event) {
  X1_TRY(challenge, challenge_of(services, event));
  if (challenge.state == step::DenyChallenge::to) return base::Done{};  // the API has said so itself
  // A yes that was on its way when it was taken back, or its person left: that grants nothing any more.
  if (challenge.state == step::RefuseChallenge::to) return base::Done{};
  if (step::RefuseChallenge::leaves(challenge.state)) {
    return services.store.consents().set_state(challenge.id, step::RefuseChallenge::to);
  }
  if (!step::DenyChallenge::leaves(challenge.state)) return malformed(event);
  return services.store.consents().set_state(challenge.id, step::DenyChallenge::to);
}

Status barred(Services& services, const Event& event) {
  X1_TRY(challenge, challenge_of(services, event));
  return services.store.consents().add_denial(challenge.id, event.time);
}

Status lifted(Services& services, const Event& event) {
  X1_TRY(challenge, challenge_of(services, event));
  return services.store.consents().remove_denial(challenge.id);
}

Status used(Services& services, const Event& event) {
  const auto* calls = event.payload.find_integer("calls");
  const auto* bytes = event.payload.find_integer("bytes");
  if (calls == nullptr || bytes == nullptr || *calls < 0 || *bytes < 0) return malformed(event);
  X1_TRY(id, id_member<GrantId>(event, "grant"));
  X1_TRY(grant, required(services.store.consents().grant(id), "grant"));
  if (grant.session != event.session) return malformed(event);
  return services.store.consents().set_used(id,
                                            {static_cast<std::uint64_t>(*calls), static_cast<std::uint64_t>(*bytes)});
}

// One that is being taken back meanwhile will be revoked, and says so then.
Status spent(Services& services, const Event& event) {
  X1_TRY(id, id_member<GrantId>(event, "grant"));
  X1_TRY(grant, required(services.store.consents().grant(id), "grant"));
  if (grant.session != event.session) return malformed(event);
  if (!step::SpendGrant::leaves(grant.state)) return base::Done{};
  return services.store.consents().set_state(id, step::SpendGrant::to);
}

Status revoked(Services& services, const Event& event) {
  const auto* grants = event.payload.find("grants");
  if (grants == nullptr || grants->array() == nullptr) return malformed(event);
  for (const auto& item : *grants->array()) {
    if (item.string() == nullptr) return malformed(event);
    X1_TRY(id, GrantId::parse(*item.string()));
    X1_TRY(grant, required(services.store.consents().grant(id), "grant"));
    if (grant.session != event.session) return malformed(event);
    // Told of all that serve nothing any more: of those that are revoked already, and of those that were spent.
    if (!step::RevokeGrant::leaves(grant.state)) continue;
    X1_TRY(set, services.store.consents().set_state(id, step::RevokeGrant::to));
  }
  return base::Done{};
}

Status closed(Services& services, const Event& event) {
  const auto* outcome = event.payload.find_string("outcome");
  if (outcome == nullptr || event.turn == 0) return malformed(event);
  return services.store.turns().close(event.session, event.turn, *outcome, services.clock.now());
}

}  // namespace

Status apply_event(Services& services, const Event& event) {
  if (event.type == "turn.closed") return closed(services, event);
  if (event.type == "consent.asked") return asked(services, event);
  if (event.type == "consent.granted") return granted(services, event);
  if (event.type == "consent.denied") return denied(services, event);
  if (event.type == "consent.barred") return barred(services, event);
  if (event.type == "consent.lifted") return lifted(services, event);
  if (event.type == "grant.used") return used(services, event);
  if (event.type == "grant.spent") return spent(services, event);
  if (event.type == "grant.revoked") return revoked(services, event);
  return base::Done{};  // to be seen, and nothing else
}

}  // namespace x1::api
