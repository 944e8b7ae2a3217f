#include "api/access.hpp"

namespace x1::api {

base::Error not_found(std::string_view what) {
  return base::Error{base::Code::not_found, "There is no such " + std::string(what) + ".", "list what there is"};
}

base::Result<Session> own_session(Services& services, const Caller& caller, const SessionId& id) {
  X1_TRY(session, required(services.store.sessions().find(id), "session"));
  if (session.owner != caller.user) return not_found("session");
  return session;
}

base::Result<Session> live_session(Services& services, const Caller& caller, const SessionId& id) {
  X1_TRY(session, own_session(services, caller, id));
  if (is_over(session.state)) {
    return base::Error{base::Code::conflict, "This session is over.", "start a new one"};
  }
  return session;
}

}  // namespace x1::api
