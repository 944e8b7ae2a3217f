#include "api/event_intake.hpp"

#include <algorithm>
#include <array>

#include "api/access.hpp"
#include "api/event_effects.hpp"
#include "wire/fields.hpp"
#include "wire/jws.hpp"

namespace x1::api {
namespace {

constexpr std::size_t max_event_bytes = 1 << 20;

// Everything that a broker may report. What people do is not among it: that is the API's own to say.
constexpr std::array<std::string_view, 14> types{"session.started", "turn.opened",    "turn.closed",    "agent.output",
                                                 "agent.status",    "agent.artifact", "agent.question", "consent.asked",
                                                 "consent.granted", "consent.denied", "grant.revoked",  "call.started",
                                                 "call.finished",   "session.ended"};

struct Reported {
  Event event;
  std::uint64_t seq = 0;
};

base::Result<Reported> read(const wire::Value& payload) {
  wire::Fields fields(payload, "the event");
  auto session = fields.id<SessionId>("session");
  const auto seq = fields.integer("seq", 1, INT64_MAX);
  const auto time = base::parse_time(fields.string("time", 24));
  if (!time.ok()) fields.fail("time", "is not a time");
  auto type = fields.string("type", 64);
  if (std::ranges::find(types, type) == types.end()) fields.fail("type", "is not an event that a broker may report");
  auto actor = fields.string("actor", 64);
  const auto turn = fields.integer("turn", 0, INT64_MAX);
  auto members = fields.any("payload");
  if (members.object() == nullptr) fields.fail("payload", "is not an object");
  X1_TRY(finished, fields.finish());
  return Reported{Event{std::move(*session), 0, *time, std::move(type), std::move(actor),
                        static_cast<std::uint64_t>(turn), std::move(members)},
                  static_cast<std::uint64_t>(seq)};
}

// Whose turn it is, the API knows: a broker can't report in anybody else's name.
base::Status check_actor(Services& services, const Event& event) {
  const base::Error wrong{base::Code::invalid_request, "The event is not in the name of its turn's actor.", ""};
  if (event.turn == 0) return event.actor.empty() ? base::Status(base::Done{}) : base::Status(wrong);
  X1_TRY(turn, services.store.turns().find(event.session, event.turn));
  if (!turn || turn->actor.text() != event.actor) return wrong;
  return base::Done{};
}

base::Status append(Services& services, const Reported& reported) {
  return services.store.transaction([&]() -> Status {
    X1_TRY(number, services.store.journal().append(reported.event, reported.seq));
    return apply_event(services, reported.event);
  });
}

bool same(const Event& a, Event b) {
  b.number = a.number;
  return a == b;
}

}  // namespace

base::Result<std::vector<crypto::PublicKey>> keys_of(Services& services, const SessionId& session) {
  X1_TRY(texts, services.store.sessions().boot_keys(session));
  std::vector<crypto::PublicKey> keys;
  for (const auto& text : texts) {
    X1_TRY(key, crypto::public_key_from_text(text));
    keys.push_back(key);
  }
  return keys;
}

base::Result<std::string> take_event(Services& services, const SessionId& session, std::string_view token) {
  X1_TRY(keys, keys_of(services, session));
  X1_TRY(payload, wire::verify_jws(wire::TokenType::event, token, keys, max_event_bytes));
  X1_TRY(reported, read(payload));
  if (reported.event.session != session) {
    return base::Error{base::Code::invalid_token, "The event is another session's.", ""};
  }
  X1_TRY(last, services.store.journal().last_broker_seq(session));
  auto stored = last;
  if (reported.seq == last + 1) {
    X1_TRY(actor, check_actor(services, reported.event));
    X1_TRY(appended, append(services, reported));
    stored = reported.seq;
    services.announcer.event_added(session);
    if (reported.event.type == "turn.closed") services.announcer.turn_waits(session);
  } else if (reported.seq <= last) {
    X1_TRY(before, services.store.journal().broker_event(session, reported.seq));
    if (!before || !same(*before, reported.event)) {
      return base::Error{base::Code::conflict, "Another event was reported under this number.", ""};
    }
  }
  return sign(policy::Receipt{session, "event", stored, {}, services.clock.now()}, services.key);
}

}  // namespace x1::api
