#include "api/views.hpp"

namespace x1::api {
namespace {

using wire::Value;

Value time(TimePoint at) { return base::format_time(at); }
Value number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

// Whose it is stands in the request that was asked about: the event's own actor is empty when a broker says it again.
Value asked_of(const Value& payload, const UserId& reader) {
  const auto* challenge = payload.find("challenge");
  const auto* request = challenge == nullptr ? nullptr : challenge->find("request");
  const auto* actor = request == nullptr ? nullptr : request->find_string("actor");
  if (actor != nullptr && *actor == reader.text()) return payload;
  Value::Object seen;
  for (const auto* name : {"id", "turn", "expires"}) {
    if (const auto* value = challenge == nullptr ? nullptr : challenge->find(name)) seen.emplace(name, *value);
  }
  for (const auto* name : {"actor", "scope"}) {
    if (const auto* value = request == nullptr ? nullptr : request->find(name)) seen.emplace(name, *value);
  }
  return Value::Object{{"challenge", std::move(seen)}};
}

// Nothing is counted without limits.
Value used_of(const GrantRecord& grant) {
  if (!grant.limits) return {};
  return Value::Object{{"calls", number(grant.used.calls)}, {"bytes", number(grant.used.bytes)}};
}

// Which accounts somebody has, and what paths are in them, is their own business: others see null.
Value own_alone(const UserId& actor, const UserId& reader, Value value) {
  return actor == reader ? std::move(value) : Value();
}

// What may be told to this reader of an event.
Value told_of(const Event& event, const UserId& reader) {
  if (event.type == "consent.asked") return asked_of(event.payload, reader);
  if (event.type != "provider.refused" || event.actor == reader.text() || event.payload.object() == nullptr) {
    return event.payload;
  }
  auto seen = *event.payload.object();
  for (const auto* request : {"planned", "wanted"})
    seen.insert_or_assign(request, "shown to whose turn it is");
  return seen;
}

}  // namespace

Value view(const User& user) {
  return Value::Object{
      {"id", user.id.text()}, {"name", user.name}, {"owner", user.owner}, {"created", time(user.created)}};
}

Value view(const Session& session) {
  return Value::Object{
      {"id", session.id.text()},           {"owner", session.owner.text()},
      {"state", to_string(session.state)}, {"command", Value::Array(session.command.begin(), session.command.end())},
      {"workspace", session.workspace},    {"adapter", session.adapter},
      {"reason", session.reason},          {"created", time(session.created)}};
}

Value view(const Member& member) {
  return Value::Object{{"session", member.session.text()},
                       {"user", member.user.text()},
                       {"name", member.name},
                       {"role", to_string(member.role)},
                       {"joined", time(member.joined)}};
}

Value view(const Invited& invited) {
  return Value::Object{{"invite", invited.token},
                       {"session", invited.session.text()},
                       {"role", to_string(invited.role)},
                       {"expires", time(invited.expires)}};
}

Value view(const Turn& turn) {
  return Value::Object{{"session", turn.session.text()},
                       {"turn", number(turn.number)},
                       {"actor", turn.actor.text()},
                       {"state", to_string(turn.state)},
                       {"outcome", turn.outcome}};
}

Value view(const ChallengeRecord& challenge, TimePoint now) {
  const bool over = step::ExpireChallenge::leaves(challenge.state) && challenge.expires <= now;
  // Of another person's question neither what would be sent, nor what a guess at it could be compared with, nor with
  // which account.
  const auto digest = challenge.asked.is_null() ? Value() : Value(to_hex(challenge.digest));
  const auto connection = challenge.asked.is_null() ? Value() : Value(challenge.connection.text());
  return Value::Object{{"id", challenge.id.text()},
                       {"session", challenge.session.text()},
                       {"turn", number(challenge.turn)},
                       {"actor", challenge.actor.text()},
                       {"scope", challenge.scope},
                       {"connection", connection},
                       {"digest", digest},
                       {"state", to_string(over ? step::ExpireChallenge::to : challenge.state)},
                       {"expires", time(challenge.expires)},
                       {"asked", challenge.asked}};
}

Value view(const GrantRecord& grant, const UserId& reader) {
  return Value::Object{{"id", grant.id.text()},
                       {"session", grant.session.text()},
                       {"challenge", grant.challenge.text()},
                       {"actor", grant.actor.text()},
                       {"scope", grant.scope},
                       {"connection", own_alone(grant.actor, reader, grant.connection.text())},
                       {"lifetime", to_string(grant.lifetime)},
                       {"until", grant.until ? time(*grant.until) : Value()},
                       {"within", own_alone(grant.actor, reader, grant.within ? Value(*grant.within) : Value())},
                       {"state", to_string(grant.state)},
                       {"granted", time(grant.granted)},
                       {"limits", grant.limits ? policy::to_value(*grant.limits) : Value()},
                       {"used", used_of(grant)}};
}

Value view(const Denial& denial, const UserId& reader) {
  return Value::Object{{"challenge", denial.challenge.text()},
                       {"session", denial.session.text()},
                       {"actor", denial.actor.text()},
                       {"scope", denial.scope},
                       {"connection", own_alone(denial.actor, reader, denial.connection.text())},
                       {"denied", time(denial.denied)}};
}

Value view(const ConnectionRecord& connection) {
  return Value::Object{{"id", connection.id.text()}, {"owner", connection.owner.text()},
                       {"kind", connection.kind},    {"url", connection.url},
                       {"user", connection.user},    {"created", time(connection.created)}};
}

Value view(const Event& event, const UserId& reader) {
  return Value::Object{{"session", event.session.text()},
                       {"number", number(event.number)},
                       {"time", time(event.time)},
                       {"type", event.type},
                       {"actor", event.actor},
                       {"turn", number(event.turn)},
                       {"payload", told_of(event, reader)}};
}

}  // namespace x1::api
