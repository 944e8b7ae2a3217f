#include "api/access.hpp"

namespace x1::api {

base::Error not_found(std::string_view what) {
  return base::Error{base::Code::not_found, "There is no such " + std::string(what) + ".", "list what there is"};
}

base::Result<Session> session_for(Services& services, const Caller& caller, const SessionId& id, Role least) {
  X1_TRY(member, required(services.store.members().find(id, caller.user), "session"));
  if (member.role < least) {
    return base::Error{base::Code::forbidden,
                       least == Role::owner ? "Only the owner of the session can do this."
                                            : "You are a viewer in this session: you see, and do nothing in it.",
                       least == Role::owner ? "ask them" : "ask its owner to invite you as a participant"};
  }
  return required(services.store.sessions().find(id), "session");
}

base::Result<Session> live_session(Services& services, const Caller& caller, const SessionId& id, Role least) {
  X1_TRY(session, session_for(services, caller, id, least));
  if (is_over(session.state)) {
    return base::Error{base::Code::conflict, "This session is over.", "start a new one"};
  }
  return session;
}

}  // namespace x1::api
