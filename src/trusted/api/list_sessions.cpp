#include "api/list_sessions.hpp"

namespace x1::api::list_sessions {

Input read(const Arguments&) { return {}; }

base::Result<std::vector<Session>> process(const Caller& caller, const Input&, Services& services) {
  return services.store.sessions().of(caller.user);
}

}  // namespace x1::api::list_sessions
