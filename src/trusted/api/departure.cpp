#include "api/departure.hpp"

#include "api/access.hpp"
#include "api/controls.hpp"
#include "api/decision.hpp"
#include "api/platform_audit.hpp"
#include "api/revocation.hpp"
#include "api/session_life.hpp"
#include "api/turn_flow.hpp"

namespace x1::api {
namespace {

using wire::Value;

Status take_back(Services& services, const SessionId& session, const UserId& user, const UserId& by) {
  auto& consents = services.store.consents();
  X1_TRY(grants, consents.live_grants(session, user));
  for (const auto& grant : grants) {
    X1_TRY(revoked, revoke(services, grant, by));
  }
  X1_TRY(questions, consents.pending(session, user));
  for (const auto& question : questions) {
    X1_TRY(added, add_control(services, session, by, policy::DenyChallenge{question.id}));
    X1_TRY(denied, decided(services, question, ChallengeState::denied, "consent.denied", ""));
  }
  // A yes that is on its way: its broker takes it back or never takes it up, and what it grants until then is revoked
  // when we hear of it, even if they are back by then.
  X1_TRY(said_yes, consents.approved(session, user));
  for (const auto& question : said_yes) {
    X1_TRY(added, add_control(services, session, by, policy::DenyChallenge{question.id}));
  }
  return consents.take_back(session, user);
}

Status note(Services& services, const Member& member, const UserId& by) {
  const bool removed = by != member.user;
  X1_TRY(event, add_event(services, member.session, "member.left", member.user.text(), 0,
                          Value::Object{{"name", member.name}, {"removed", removed}}));
  audit::Entry entry;
  entry.kind = removed ? "member.removed" : "member.left";
  entry.actor = by.text();
  entry.target = member.session.text();
  entry.outcome = "ok";
  entry.detail = Value::Object{{"user", member.user.text()}};
  return audit_row(services, std::move(entry));
}

}  // namespace

// One that is open is closed by its broker, which says so by an event; one that waits is closed here.
Status end_turns(Services& services, const SessionId& session, const std::optional<UserId>& of, const UserId& by) {
  X1_TRY(unfinished, services.store.turns().unfinished(session));
  for (const auto& turn : unfinished) {
    if (of && turn.actor != *of) continue;
    if (turn.state == TurnState::open) {
      X1_TRY(asked, add_control(services, session, by, policy::CancelTurn{base::TurnNumber(turn.number)}));
      continue;
    }
    X1_TRY(cancelled, cancel_unseen(services, turn));
  }
  return base::Done{};
}

Status depart(Services& services, const Session& session, const UserId& user, const UserId& by) {
  X1_TRY(member, required(services.store.members().find(session.id, user), "person in this session"));
  if (member.role == Role::owner) {
    return base::Error{base::Code::conflict, "The owner of a session can't leave it.", "end it: x1 sessions --end ID"};
  }
  X1_TRY(committed, services.store.transaction([&]() -> Status {
    // Of a session that is over there is no broker left to tell, and nothing left to end.
    if (!is_over(session.state)) {
      X1_TRY(ended, end_turns(services, session.id, user, by));
      X1_TRY(taken, take_back(services, session.id, user, by));
    }
    X1_TRY(removed, services.store.members().remove(session.id, user));
    // Who is sent away must not come back by an invitation that they have seen.
    if (by != user) {
      X1_TRY(invites, services.store.members().remove_invites(session.id, member.name));
    }
    return note(services, member, by);
  }));
  services.announcer.member_left(session.id, user);
  services.announcer.event_added(session.id);
  services.announcer.control_waits(session.id);
  return base::Done{};
}

}  // namespace x1::api
