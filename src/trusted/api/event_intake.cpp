#include "api/event_intake.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "api/access.hpp"
#include "api/event_effects.hpp"
#include "wire/fields.hpp"
#include "wire/json.hpp"
#include "wire/jws.hpp"

namespace x1::api {
namespace {

constexpr std::size_t max_event_bytes = 1 << 20;
constexpr std::size_t max_events = policy::max_refusals;  // the receipt has room to refuse each

// Everything that a broker may report. What people do is not among it: that is the API's own to say.
constexpr std::array<std::string_view, 21> types{
    "session.agent_replaced", "provider.refused", "session.started", "turn.opened",    "turn.closed",
    "agent.output",           "agent.status",     "agent.artifact",  "agent.question", "consent.asked",
    "consent.granted",        "consent.denied",   "consent.barred",  "consent.lifted", "grant.used",
    "agent.question_over",    "grant.spent",      "grant.revoked",   "call.started",   "call.finished",
    "session.ended"};
// The API's own: a broker can't report it.
constexpr std::string_view refused_type = "event.refused";

bool is_known(std::string_view type) { return std::ranges::find(types, type) != types.end(); }

struct Place {
  SessionId session;
  std::uint64_t seq = 0;
};

// What must be readable for the event to have a number at all.
base::Result<Place> place_of(const wire::Value& payload) {
  const auto* text = payload.find_string("session");
  const auto* seq = payload.find_integer("seq");
  if (text == nullptr || seq == nullptr || *seq < 1) {
    return base::Error{base::Code::invalid_request, "The event has no session or no number.", ""};
  }
  X1_TRY(session, SessionId::parse(*text));
  return Place{std::move(session), static_cast<std::uint64_t>(*seq)};
}

base::Result<Event> read(const wire::Value& payload) {
  wire::Fields fields(payload, "the event");
  auto session = fields.id<SessionId>("session");
  static_cast<void>(fields.integer("seq", 1, INT64_MAX));
  const auto time = base::parse_time(fields.string("time", 24));
  if (!time.ok()) fields.fail("time", "is not a time");
  auto type = fields.string("type", 64);
  if (!is_known(type)) fields.fail("type", "is not an event that a broker may report");
  auto actor = fields.string("actor", 64);
  const auto turn = fields.integer("turn", 0, INT64_MAX);
  auto members = fields.any("payload");
  if (members.object() == nullptr) fields.fail("payload", "is not an object");
  X1_TRY(finished, fields.finish());
  return Event{std::move(*session), 0, *time, std::move(type), std::move(actor), static_cast<std::uint64_t>(turn),
               std::move(members)};
}

// Whose turn it is, the API knows: a broker can't report in anybody else's name.
base::Status check_actor(Services& services, const Event& event) {
  const base::Error wrong{base::Code::invalid_request, "The event is not in the name of its turn's actor.", ""};
  if (event.turn == 0) return event.actor.empty() ? base::Status(base::Done{}) : base::Status(wrong);
  X1_TRY(turn, services.store.turns().find(event.session, event.turn));
  if (!turn || turn->actor.text() != event.actor) return wrong;
  return base::Done{};
}

bool same(const Event& a, Event b) {
  b.number = a.number;
  return a == b;
}

std::string digest_of(const wire::Value& payload) { return to_hex(crypto::sha256(wire::canonical_json(payload))); }

// An error of ours may pass; what is wrong with an event stays wrong, however often it is told.
bool may_pass(base::Code code) {
  return code == base::Code::storage_failed || code == base::Code::unavailable || code == base::Code::timed_out ||
         code == base::Code::too_many || code == base::Code::internal;
}

// What stands in the place of an event that was not believed. Nothing of it is kept but its type and its digest.
Event refusal(const Place& place, const wire::Value& payload, const base::Error& why, TimePoint now) {
  const auto* type = payload.find_string("type");
  return Event{place.session,
               0,
               now,
               std::string(refused_type),
               "",
               0,
               wire::Value::Object{{"seq", static_cast<std::int64_t>(place.seq)},
                                   {"type", type != nullptr && is_known(*type) ? *type : std::string()},
                                   {"code", base::to_string(why.code)},
                                   {"message", why.message},
                                   {"digest", digest_of(payload)}}};
}

// The next event. It is stored with all that follows from it, or, when it is wrong, its refusal is stored under its
// number: a number that stayed open would hold up everything after it. `type` becomes that of what was stored. Gives
// the code of a refusal, or nothing.
base::Result<std::optional<base::Code>> take_next(Services& services, const Place& place, const wire::Value& payload,
                                                  std::string& type) {
  auto& journal = services.store.journal();
  const auto taken = services.store.transaction([&]() -> Status {
    X1_TRY(event, read(payload));
    X1_TRY(actor, check_actor(services, event));
    X1_TRY(number, journal.append(event, place.seq));
    type = event.type;
    return apply_event(services, event);
  });
  if (taken.ok()) return std::optional<base::Code>();
  auto why = taken.error();
  if (may_pass(why.code)) return why;
  // In a receipt, `conflict` says that two records differ, and a broker that hears it stops for good. An event that
  // does not go with what else is stored is only wrong.
  if (why.code == base::Code::conflict) why.code = base::Code::invalid_request;
  X1_TRY(number, journal.append(refusal(place, payload, why, services.clock.now()), place.seq));
  type = refused_type;
  return std::optional(why.code);
}

// What was said when this event was told the first time. Another one under its number is a conflict.
base::Result<std::optional<std::string>> told_before(Services& services, const Place& place,
                                                     const wire::Value& payload) {
  X1_TRY(before, services.store.journal().broker_event(place.session, place.seq));
  const auto conflict = std::optional<std::string>(base::to_string(base::Code::conflict));
  if (!before) return conflict;
  if (before->type != refused_type) {
    const auto event = read(payload);
    return event.ok() && same(*before, *event) ? std::optional<std::string>() : conflict;
  }
  const auto* digest = before->payload.find_string("digest");
  const auto* code = before->payload.find_string("code");
  if (digest == nullptr || code == nullptr || *digest != digest_of(payload)) return conflict;
  return std::optional(*code);
}

struct EventIntake {
  Services& services;
  const SessionId& session;
  const std::vector<crypto::PublicKey>& keys;
  policy::Receipt receipt;
  std::vector<std::string> taken;  // types of what was stored

  // Whether to go on: an event that does not follow yet ends the batch without being wrong.
  base::Result<bool> take(std::string_view token) {
    X1_TRY(payload, wire::verify_jws(wire::TokenType::event, token, keys, max_event_bytes));
    X1_TRY(place, place_of(payload));
    if (place.session != session) {
      return base::Error{base::Code::invalid_token, "The event is another session's.", ""};
    }
    if (place.seq > receipt.seq + 1) return false;
    std::optional<std::string> why;
    if (place.seq == receipt.seq + 1) {
      std::string type;
      X1_TRY(refused, take_next(services, place, payload, type));
      receipt.seq = place.seq;
      taken.push_back(std::move(type));
      if (refused) why = base::to_string(*refused);
    } else {
      X1_TRY(refused, told_before(services, place, payload));
      why = refused;
    }
    if (why) receipt.refused.push_back({place.seq, std::move(*why)});
    return true;
  }

  // What fails ends the batch. The receipt says how far it came; told again, the event that failed is the first.
  Status take_all(std::string_view payload) {
    std::size_t count = 0;
    do {
      const auto token = payload.substr(0, payload.find('\n'));
      payload.remove_prefix(std::min(token.size() + 1, payload.size()));
      if (++count > max_events)
        return base::Error{base::Code::too_large, "Too many events at once.", "send at most 64"};
      const auto goes_on = take(token);
      if (!goes_on.ok() && count == 1) return goes_on.error();
      if (!goes_on.ok() || !*goes_on) break;
    } while (!payload.empty());
    return base::Done{};
  }
};

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

base::Result<std::string> take_events(Services& services, const SessionId& session, std::string_view payload) {
  X1_TRY(keys, keys_of(services, session));
  X1_TRY(last, services.store.journal().last_broker_seq(session));
  EventIntake intake{services, session, keys, policy::Receipt{session, "event", last, {}, services.clock.now()}, {}};
  X1_TRY(committed, services.store.transaction([&]() { return intake.take_all(payload); }));
  for (const auto& type : intake.taken) {
    services.announcer.event_added(session);
    if (type == "turn.closed") services.announcer.turn_waits(session);
    if (type == "consent.granted") services.announcer.control_waits(session);  // see revoke in event_effects.cpp
  }
  return sign(intake.receipt, services.key);
}

}  // namespace x1::api
