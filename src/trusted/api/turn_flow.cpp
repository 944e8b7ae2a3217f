#include "api/turn_flow.hpp"

#include <charconv>

#include "api/access.hpp"
#include "api/platform_audit.hpp"
#include "api/session_life.hpp"
#include "wire/json.hpp"

namespace x1::api {
namespace {

constexpr base::Duration turn_life = std::chrono::hours(12);

base::Result<std::string> connections_line(Services& services, const UserId& actor) {
  X1_TRY(connections, services.store.connections().of(actor));
  wire::Value::Array items;
  for (const auto& connection : connections) {
    items.push_back(
        wire::Value::Object{{"id", connection.id.text()}, {"kind", connection.kind}, {"url", connection.url}});
  }
  return wire::canonical_json(wire::Value::Object{{"connections", std::move(items)}});
}

base::Result<std::string> answer(Services& services, const Turn& turn, const crypto::PublicKey& boot_key) {
  const auto now = services.clock.now();
  X1_TRY(connections, connections_line(services, turn.actor));
  const policy::TurnCertificate certificate{turn.session,
                                            base::TurnNumber(turn.number),
                                            turn.actor,
                                            crypto::sha256(turn.message),
                                            crypto::sha256(connections),
                                            boot_key,
                                            now,
                                            now + turn_life};
  return sign(certificate, services.key) + "\n" + connections + "\n" + turn.message;
}

Status open(Services& services, const Turn& turn) {
  return services.store.transaction([&]() -> Status {
    X1_TRY(opened, services.store.turns().open(turn.session, turn.number, services.clock.now()));
    audit::Entry entry;
    entry.kind = "turn.minted";
    entry.actor = turn.actor.text();
    entry.turn = turn.number;
    entry.target = turn.session.text();
    entry.digest = to_hex(crypto::sha256(turn.message));
    entry.outcome = "ok";
    return audit_row(services, std::move(entry));
  });
}

// Whoever spoke may have gone since, or come back as one who only looks on.
base::Result<bool> may_speak(Services& services, const Turn& turn) {
  X1_TRY(member, services.store.members().find(turn.session, turn.actor));
  return member && member->role >= Role::participant;
}

// The open turn if the broker has not seen it, else the oldest that waits.
Maybe<Turn> candidate(Services& services, const SessionId& id, std::uint64_t seen) {
  X1_TRY(open_now, services.store.turns().open_one(id));
  if (!open_now) return services.store.turns().next_queued(id);
  // One that is open but that the broker has not seen: its answer was lost, or the broker has booted since.
  return open_now->number > seen ? std::move(open_now) : std::optional<Turn>();
}

}  // namespace

Status cancel_unseen(Services& services, const Turn& turn) {
  X1_TRY(closed, services.store.turns().close(turn.session, turn.number, "cancelled", services.clock.now()));
  return add_event(services, turn.session, "turn.closed", turn.actor.text(), turn.number,
                   wire::Value::Object{{"outcome", "cancelled"}});
}

base::Result<TurnQuestion> read_turn_question(std::string_view payload) {
  const base::Error malformed{base::Code::invalid_request, "This is not a boot key and the number of a turn.", ""};
  const auto space = payload.find(' ');
  if (space == std::string_view::npos || payload.size() > 128) return malformed;
  TurnQuestion question{std::string(payload.substr(0, space)), 0};
  const auto number = payload.substr(space + 1);
  const auto* end = std::to_address(number.end());
  const auto [stopped, error] = std::from_chars(std::to_address(number.begin()), end, question.seen);
  if (error != std::errc() || stopped != end) return malformed;
  return question;
}

Maybe<std::string> next_turn(Services& services, const SessionId& id, const TurnQuestion& question) {
  X1_TRY(session, required(services.store.sessions().find(id), "session"));
  if (session.state != SessionState::running || session.boot_key != question.boot_key) {
    return base::Error{base::Code::forbidden, "This broker is not the session's.", ""};
  }
  X1_TRY(boot_key, crypto::public_key_from_text(session.boot_key));
  for (;;) {
    X1_TRY(turn, candidate(services, id, question.seen));
    if (!turn) return std::optional<std::string>();
    X1_TRY(speaks, may_speak(services, *turn));
    if (speaks) {
      if (turn->state == TurnState::queued) {
        X1_TRY(opened, open(services, *turn));
      }
      X1_TRY(text, answer(services, *turn, boot_key));
      return std::optional<std::string>(std::move(text));
    }
    X1_TRY(cancelled, services.store.transaction([&] { return cancel_unseen(services, *turn); }));
    services.announcer.event_added(id);
  }
}

}  // namespace x1::api
