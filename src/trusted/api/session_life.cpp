#include "api/session_life.hpp"

#include <functional>
#include <set>

#include "api/access.hpp"
#include "api/controls.hpp"
#include "api/platform_audit.hpp"

namespace x1::api {
namespace {

using wire::Value;

Status row(Services& services, std::string_view kind, const SessionId& session, std::string actor, std::string outcome,
           Value detail = {}) {
  audit::Entry entry;
  entry.kind = kind;
  entry.actor = std::move(actor);
  entry.target = session.text();
  entry.outcome = std::move(outcome);
  entry.detail = std::move(detail);
  return audit_row(services, std::move(entry));
}

base::Result<Session> find(Services& services, const std::string& id) {
  X1_TRY(session, SessionId::parse(id));
  return required(services.store.sessions().find(session), "session");
}

// The session's rows end here: the platform's chain remembers where, so that a cut is found later.
Status finish(Services& services, const Session& session, SessionState state, const std::string& reason) {
  if (is_over(session.state)) return base::Done{};
  const auto done = services.store.transaction([&]() -> Status {
    X1_TRY(set, services.store.sessions().set_state(session.id, state, reason));
    X1_TRY(closed, services.store.turns().close_all(session.id, "session ended", services.clock.now()));
    X1_TRY(settled, settle_all(services, session.id));
    X1_TRY(event, add_event(services, session.id, "session.ended", "", 0, Value::Object{{"reason", reason}}));
    X1_TRY(head, services.store.journal().head(session.id.text()));
    return row(
        services, "session.ended", session.id, "", std::string(to_string(state)),
        Value::Object{{"reason", reason}, {"rows", static_cast<std::int64_t>(head.seq)}, {"head", to_hex(head.hash)}});
  });
  if (done.ok()) services.announcer.event_added(session.id);
  return done;
}

// A part of it was lost, and another takes its place; unless the session is over, or to be.
Status go_on(Services& services, const Session& session, const std::string& what, const Value::Object& detail,
             const std::function<Status()>& resume) {
  if (session.reason == killed_session) return services.launcher.kill(session.id);
  if (session.state != SessionState::running) return services.launcher.stop(session.id);
  X1_TRY(committed, services.store.transaction([&]() -> Status {
    X1_TRY(event, add_event(services, session.id, what, "", 0, detail));
    X1_TRY(noted, row(services, what, session.id, "", "ok", detail));
    return resume();
  }));
  services.announcer.event_added(session.id);
  return base::Done{};
}

// What waits for sessions that ended before their messages were settled with them.
Status settle_leftovers(Services& services, const std::set<SessionId>& running) {
  X1_TRY(waiting, services.store.outbox().waiting());
  for (const auto& session : waiting) {
    if (running.contains(session)) continue;
    X1_TRY(settled, services.store.transaction([&] { return settle_all(services, session); }));
  }
  return base::Done{};
}

}  // namespace

Status add_event(Services& services, const SessionId& session, std::string type, std::string actor, std::uint64_t turn,
                 Value payload) {
  const Event event{session, 0, services.clock.now(), std::move(type), std::move(actor), turn, std::move(payload)};
  X1_TRY(number, services.store.journal().append(event, 0));
  return base::Done{};
}

Status start(Services& services, const Session& session, const std::string& actor) {
  if (session.state != SessionState::created) {
    return base::Error{base::Code::conflict, "This session was started before.", "start a new one"};
  }
  seam::launch::StartSession message;
  message.session = session.id.text();
  message.command = session.command;
  message.workspace = session.workspace;
  message.adapter = session.adapter;
  X1_TRY(sidecar, services.identities.sidecar(session.id));
  X1_TRY(providers, services.identities.providers(session.id));
  message.sidecar_credentials = std::move(sidecar);
  message.providers = std::move(providers);
  return services.store.transaction([&]() -> Status {
    X1_TRY(set, services.store.sessions().set_state(session.id, SessionState::starting, ""));
    X1_TRY(noted, row(services, "session.start", session.id, actor, "ok"));
    // Last, so that nothing is started whose record was not written; a start that fails takes the record back.
    return services.launcher.start(std::move(message));
  });
}

Status took(Services& services, const seam::launch::SessionStarted& message) {
  X1_TRY(session, find(services, message.session));
  X1_TRY(key, crypto::public_key_from_text(message.boot_key));
  if (is_over(session.state)) return base::Error{base::Code::conflict, "A session that is over can't start.", ""};
  if (session.reason == killed_session) return services.launcher.kill(session.id);
  // Told again: by a supervisor that did not hear that it was taken.
  if (session.state == SessionState::running && session.boot_key == to_text(key)) return base::Done{};
  return services.store.transaction([&]() -> Status {
    X1_TRY(booted, services.store.sessions().booted(session.id, to_text(key), services.clock.now()));
    X1_TRY(set, services.store.sessions().set_state(session.id, SessionState::running, ""));
    return row(services, "session.booted", session.id, "", "ok", Value::Object{{"boot_key", to_text(key)}});
  });
}

Status took(Services& services, const seam::launch::SessionFailed& message) {
  X1_TRY(session, find(services, message.session));
  return finish(services, session, SessionState::failed,
                std::string(base::to_string(message.code)) + ": " + message.message);
}

Status took(Services& services, const seam::launch::AgentExited& message) {
  X1_TRY(session, find(services, message.session));
  if (is_over(session.state)) return base::Done{};
  X1_TRY(open, services.store.turns().open_one(session.id));
  X1_TRY(committed, services.store.transaction([&]() -> Status {
    X1_TRY(event, add_event(services, session.id, "agent.exited", "", open ? open->number : 0,
                            Value::Object{{"status", static_cast<std::int64_t>(message.status)}}));
    // The broker closes the turn, since it alone knows which calls are still under way, and says so by an event.
    if (open) {
      return add_control(services, session.id, open->actor,
                         policy::FinishTurn{base::TurnNumber(open->number), message.status != 0});
    }
    return base::Done{};
  }));
  services.announcer.event_added(session.id);
  services.announcer.control_waits(session.id);
  return base::Done{};
}

Status took(Services& services, const seam::launch::SessionEnded& message) {
  X1_TRY(session, find(services, message.session));
  return finish(services, session, SessionState::ended, message.reason);
}

Status took(Services& services, const seam::launch::SidecarLost& message) {
  X1_TRY(session, find(services, message.session));
  return go_on(services, session, "session.sidecar_lost", {{"part", message.part}}, [&]() -> Status {
    X1_TRY(credentials, services.identities.sidecar(session.id));
    return services.launcher.resume(seam::launch::ResumeSession{message.session, std::move(credentials)});
  });
}

Status took(Services& services, const seam::launch::ProviderLost& message) {
  X1_TRY(session, find(services, message.session));
  const Value::Object detail{{"provider", message.domain}, {"part", message.part}};
  return go_on(services, session, "session.provider_lost", detail, [&]() -> Status {
    X1_TRY(provider, services.identities.provider(session.id, message.domain));
    return services.launcher.resume(seam::launch::ResumeProvider{message.session, std::move(provider)});
  });
}

Status took(Services& services, const seam::launch::Running& message) {
  std::set<SessionId> runs;
  for (const auto& running : message.sessions) {
    X1_TRY(id, SessionId::parse(running.session));
    X1_TRY(session, services.store.sessions().find(id));
    runs.insert(id);
    if (!session || session->state == SessionState::created || is_over(session->state)) {
      X1_TRY(stopped, services.launcher.stop(id));
    } else if (session->reason == killed_session) {
      X1_TRY(killed, services.launcher.kill(id));
    } else if (!running.boot_key.empty()) {
      X1_TRY(started, took(services, seam::launch::SessionStarted{running.session, running.boot_key}));
    }
  }
  X1_TRY(alive, services.store.sessions().alive());
  for (const auto& session : alive) {
    if (runs.contains(session.id)) continue;
    const auto why = session.reason.empty() ? "the platform was restarted" : session.reason;
    X1_TRY(finished, finish(services, session, SessionState::ended, why));
  }
  return settle_leftovers(services, runs);
}

}  // namespace x1::api
