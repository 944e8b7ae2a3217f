#include "api/decision.hpp"

#include "api/access.hpp"
#include "api/controls.hpp"
#include "api/platform_audit.hpp"

namespace x1::api {

base::Result<ChallengeRecord> challenge_to_decide(Services& services, const Caller& caller, const ChallengeId& id) {
  X1_TRY(challenge, required(services.store.consents().challenge(id), "question"));
  // A session that one is not in is not found. Within one's own, another person's question is theirs to answer: that is
  // a guard of each decision.
  X1_TRY(member, required(services.store.members().find(challenge.session, caller.user), "question"));
  X1_TRY(session, services.store.sessions().find(challenge.session));
  if (!session || is_over(session->state)) {
    return base::Error{base::Code::conflict, "The session that asked this is over.", ""};
  }
  return challenge;
}

Status still_connected(Services& services, const ChallengeRecord& challenge) {
  // It may have been forgotten while a yes to an earlier question was on its way.
  X1_TRY(connection, services.store.connections().find(challenge.connection));
  if (!connection || connection->owner != challenge.actor) {
    return base::Error{base::Code::conflict, "The connection that this is about is forgotten.", "connect it again"};
  }
  return base::Done{};
}

base::Result<policy::Challenge> asked_in(const ChallengeRecord& challenge) {
  const auto* asked = challenge.asked.find("challenge");
  if (asked == nullptr) return base::Error{base::Code::internal, "The question was not kept.", ""};
  return policy::challenge_from(*asked);
}

base::Result<ChallengeRecord> decline(Services& services, const Caller& caller, ChallengeRecord challenge,
                                      const policy::DenyChallenge& no) {
  const step::DeclineChallenge step{
      .by_actor = challenge.actor == caller.user,
      .in_time = services.clock.now() < challenge.expires,
  };
  X1_TRY(may, may_take(step, challenge.state));
  X1_TRY(connected, still_connected(services, challenge));
  X1_TRY(added, add_control(services, challenge.session, caller.user, no));
  X1_TRY(done, decided(services, challenge, step.to, no.instead ? "consent.redirected" : "consent.denied",
                       no.for_session ? "session" : ""));
  challenge.state = step.to;
  return challenge;
}

Status decided(Services& services, const ChallengeRecord& challenge, ChallengeState state, std::string_view kind,
               std::string_view lifetime) {
  // Another process may have decided since the question was read.
  X1_TRY(present, required(services.store.consents().challenge(challenge.id), "question"));
  if (present.state != challenge.state) {
    return base::Error{base::Code::conflict, "This question was decided in the meantime.", "look at it again"};
  }
  X1_TRY(set, services.store.consents().set_state(challenge.id, state));
  audit::Entry entry;
  entry.kind = kind;
  entry.actor = challenge.actor.text();
  entry.turn = challenge.turn;
  entry.scope = challenge.scope;
  entry.target = challenge.session.text();
  entry.digest = to_hex(challenge.digest);
  entry.outcome = "ok";
  entry.detail = wire::Value::Object{
      {"challenge", challenge.id.text()}, {"connection", challenge.connection.text()}, {"lifetime", lifetime}};
  return audit_row(services, std::move(entry));
}

}  // namespace x1::api
