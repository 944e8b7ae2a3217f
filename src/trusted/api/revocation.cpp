#include "api/revocation.hpp"

#include "api/access.hpp"
#include "api/controls.hpp"
#include "api/decision.hpp"
#include "api/platform_audit.hpp"

namespace x1::api {

Status revoke(Services& services, const GrantRecord& grant, const UserId& by) {
  X1_TRY(session, required(services.store.sessions().find(grant.session), "session"));
  // Of a session that is over there is no broker left to tell.
  if (is_over(session.state)) {
    if (!step::RevokeGrant::leaves(grant.state)) return base::Done{};
    X1_TRY(set, services.store.consents().set_state(grant.id, step::RevokeGrant::to));
  } else {
    X1_TRY(added, add_control(services, grant.session, by, policy::RevokeGrants{grant.id, std::nullopt}));
    X1_TRY(set, services.store.consents().set_state(grant.id, step::TakeBackGrant::to));
  }
  audit::Entry entry;
  entry.kind = "grant.revoked";
  entry.actor = by.text();
  entry.scope = grant.scope;
  entry.grant = grant.id.text();
  entry.target = grant.session.text();
  entry.outcome = "ok";
  return audit_row(services, std::move(entry));
}

base::Result<std::uint64_t> revoke_all(Services& services, const SessionId& session, const policy::RevokeGrants& what,
                                       const UserId& by) {
  X1_TRY(added, add_control(services, session, by, what));
  X1_TRY(grants, what.actor ? services.store.consents().live_grants(session, *what.actor)
                            : services.store.consents().live_grants(session));
  std::uint64_t count = 0;
  for (const auto& grant : grants) {
    if (what.scope && grant.scope != *what.scope) continue;
    X1_TRY(set, services.store.consents().set_state(grant.id, step::TakeBackGrant::to));
    ++count;
  }
  audit::Entry entry;
  entry.kind = "grants.revoked";
  entry.actor = by.text();
  entry.scope = what.scope.value_or("");
  entry.target = session.text();
  entry.outcome = "ok";
  entry.detail = wire::Value::Object{{"user", what.actor ? what.actor->text() : std::string()},
                                     {"live", static_cast<std::int64_t>(count)}};
  X1_TRY(noted, audit_row(services, std::move(entry)));
  return count;
}

List<SessionId> withdraw(Services& services, const ConnectionRecord& connection) {
  std::vector<SessionId> told;
  X1_TRY(grants, services.store.consents().live_grants(connection.id));
  for (const auto& grant : grants) {
    X1_TRY(revoked, revoke(services, grant, connection.owner));
    told.push_back(grant.session);
  }
  X1_TRY(questions, services.store.consents().pending(connection.id));
  for (const auto& question : questions) {
    X1_TRY(added, add_control(services, question.session, connection.owner, policy::DenyChallenge{question.id}));
    X1_TRY(denied, decided(services, question, ChallengeState::denied, "consent.denied", ""));
    told.push_back(question.session);
  }
  return told;
}

}  // namespace x1::api
