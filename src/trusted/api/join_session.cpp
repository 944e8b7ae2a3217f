#include "api/join_session.hpp"

#include "api/access.hpp"
#include "api/logins.hpp"
#include "api/platform_audit.hpp"
#include "api/session_life.hpp"

namespace x1::api::join_session {
namespace {

Status may_join(Services& services, const SessionId& id, const UserId& user) {
  X1_TRY(session, required(services.store.sessions().find(id), "session"));
  if (is_over(session.state)) return base::Error{base::Code::conflict, "This session is over.", ""};
  X1_TRY(members, services.store.members().of(id));
  for (const auto& member : members) {
    if (member.user == user) return base::Error{base::Code::conflict, "You are in this session already.", ""};
  }
  if (members.size() < max_members) return base::Done{};
  return base::Error{base::Code::too_many, "16 people are in this session.", "somebody has to leave first"};
}

Status note(Services& services, const Member& member) {
  X1_TRY(event, add_event(services, member.session, "member.joined", member.user.text(), 0,
                          wire::Value::Object{{"name", member.name}, {"role", to_string(member.role)}}));
  audit::Entry entry;
  entry.kind = "member.joined";
  entry.actor = member.user.text();
  entry.target = member.session.text();
  entry.outcome = "ok";
  entry.detail = wire::Value::Object{{"role", to_string(member.role)}};
  return audit_row(services, std::move(entry));
}

base::Result<Member> join(const Caller& caller, const Input& input, Services& services) {
  const auto now = services.clock.now();
  X1_TRY(user, required(services.store.people().user(caller.user), "account"));
  std::optional<Member> joined;
  X1_TRY(committed, services.store.transaction([&]() -> Status {
    X1_TRY(invite, services.store.members().use_invite(hash_of_token(input.invite), user.name, now));
    if (!invite) {
      return base::Error{base::Code::not_found, "This invitation is not good (any more).", "ask for a new one"};
    }
    X1_TRY(allowed, may_join(services, invite->session, user.id));
    joined = Member{invite->session, user.id, user.name, invite->role, now};
    X1_TRY(added, services.store.members().add(*joined));
    return note(services, *joined);
  }));
  return std::move(*joined);
}

}  // namespace

Input read(const Arguments& arguments) { return {arguments.text("invite")}; }

base::Result<Member> process(const Caller& caller, const Input& input, Services& services) {
  auto joined = join(caller, input, services);
  if (joined.ok()) services.announcer.event_added(joined->session);
  return joined;
}

}  // namespace x1::api::join_session
