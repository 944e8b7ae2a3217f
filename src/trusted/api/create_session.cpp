#include "api/create_session.hpp"

#include <algorithm>

#include "api/access.hpp"
#include "api/platform_audit.hpp"
#include "api/session_life.hpp"

namespace x1::api::create_session {
namespace {

constexpr std::ptrdiff_t max_live_sessions = 64;

base::Status check_workspace(const Caller& caller, const std::string& workspace) {
  if (workspace.empty()) return base::Done{};
  if (!workspace.starts_with('/')) {
    return base::Error{base::Code::invalid_request, "A workspace is an absolute path.", "give the whole path"};
  }
  // Whose folder it may be is for the supervisor to say, which lays open only what the owner's own program hands over.
  if (!caller.owner) {
    return base::Error{base::Code::forbidden, "A folder of this machine can only be given by its own user.",
                       "use `x1 run --workspace` on the machine"};
  }
  return base::Done{};
}

base::Status check_count(Services& services, const Caller& caller) {
  X1_TRY(sessions, services.store.sessions().of(caller.user));
  const auto live = std::ranges::count_if(sessions, [&](const Session& session) {
    return session.owner == caller.user && session.state != SessionState::ended &&
           session.state != SessionState::failed;
  });
  if (live < max_live_sessions) return base::Done{};
  return base::Error{base::Code::too_many, "You have 64 sessions that are not over.", "end some"};
}

}  // namespace

Input read(const Arguments& arguments) {
  return {arguments.texts("command"), arguments.optional_text("workspace").value_or(""),
          arguments.flag("adapter", false), arguments.flag("start", true)};
}

base::Result<Session> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(workspace, check_workspace(caller, input.workspace));
  X1_TRY(count, check_count(services, caller));
  X1_TRY(id, SessionId::parse(crypto::random_id(services.random)));
  const Session session{id, caller.user, SessionState::created, input.command, input.workspace, input.adapter,
                        "", "",          services.clock.now()};
  X1_TRY(committed, services.store.transaction([&]() -> Status {
    X1_TRY(added, services.store.sessions().add(session));
    audit::Entry entry;
    entry.kind = "session.created";
    entry.actor = caller.user.text();
    entry.target = id.text();
    entry.outcome = "ok";
    X1_TRY(noted, audit_row(services, std::move(entry)));
    if (!input.start) return base::Done{};
    return start(services, session, caller.user.text());
  }));
  return session_for(services, caller, id, Role::owner);
}

}  // namespace x1::api::create_session
