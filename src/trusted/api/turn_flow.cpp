#include "api/turn_flow.hpp"

#include <charconv>

#include "api/access.hpp"
#include "api/platform_audit.hpp"
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

}  // namespace

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
  auto& turns = services.store.turns();
  X1_TRY(open_now, turns.open_one(id));
  if (open_now && open_now->number <= question.seen) return std::optional<std::string>();
  auto turn = std::move(open_now);
  if (!turn) {
    X1_TRY(queued, turns.next_queued(id));
    if (!queued) return std::optional<std::string>();
    X1_TRY(opened, open(services, *queued));
    turn = std::move(queued);
  }
  // One that is open but that the broker has not seen: its answer was lost, or the broker has booted since.
  X1_TRY(text, answer(services, *turn, boot_key));
  return std::optional<std::string>(std::move(text));
}

}  // namespace x1::api
