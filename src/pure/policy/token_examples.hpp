// A good one of every kind of signed thing, all by one key: where one of them is believed, none of the others may be.
// (Audit rows are not known to this folder; the tables that know them add one.) Included by tests only.
#pragma once

#include <string>
#include <vector>

#include "policy/examples.hpp"
#include "policy/key_set.hpp"
#include "policy/passkey.hpp"
#include "wire/attacks.hpp"
#include "wire/json.hpp"
#include "wire/nkey.hpp"

namespace x1::policy::testing {

using wire::testing::Signed;

inline TurnCertificate turn_certificate(const crypto::PublicKey& boot, TimePoint now) {
  return {id<SessionId>("s1"),
          TurnNumber{3},
          id<UserId>("ada"),
          crypto::sha256("go on"),
          crypto::sha256("{}"),
          boot,
          now,
          now + std::chrono::minutes(5)};
}
inline ConsentToken consent_at(TimePoint now, const Challenge& asked = challenge()) {
  auto token = consent(asked);
  token.issued = now;
  token.expires = now + std::chrono::minutes(4);
  return token;
}
inline Ticket ticket_at(TimePoint now) {
  return {id<base::CallId>("call1"), id<SessionId>("s1"),     TurnNumber{3},
          id<UserId>("ada"),         "calendar_create_event", "calendar.write",
          id<ConnectionId>("home"),  TicketMode::run,         now + std::chrono::seconds(100)};
}
inline ReleaseRequest release_at(TimePoint now) {
  return {id<base::CallId>("call1"),
          id<SessionId>("s1"),
          TurnNumber{3},
          id<ConnectionId>("home"),
          "calendar.write",
          crypto::sha256("x"),
          now};
}
inline Receipt receipt_at(TimePoint now) { return {id<SessionId>("s1"), "event", 1, {}, now}; }
inline Control control_at(TimePoint now, ControlAction action = EndSession{}) {
  return {"k1", id<SessionId>("s1"), id<UserId>("ada"), std::move(action), now};
}
inline wire::Value event_at(TimePoint now) {
  return wire::Value::Object{{"session", "s1"},
                             {"seq", 1},
                             {"time", base::format_time(now)},
                             {"type", "agent.status"},
                             {"actor", "ada"},
                             {"turn", 1},
                             {"payload", wire::Value::Object{{"text", "x"}}}};
}
// By a key of ours as if it were a passkey.
inline std::string touch_by(const crypto::SigningKey& key, const crypto::Digest& statement,
                            const crypto::RelyingParty& party = terminal_party()) {
  return to_text(Assertion{"a2V5", crypto::make_assertion(key, party, statement, 1)});
}

struct Example {
  Signed which;
  std::string token;
};
inline std::vector<Example> every_kind(const crypto::SigningKey& by, TimePoint now) {
  const auto keys = KeySet::of(by.public_key(), now);
  const Passkey passkey{id<UserId>("ada"), "a2V5", crypto::PasskeyPublicKey::from(by.public_key()), terminal_party()};
  return {
      {Signed::turn, sign(turn_certificate(by.public_key(), now), by)},
      {Signed::consent, sign(consent_at(now), by)},
      {Signed::ticket, sign(ticket_at(now), by)},
      {Signed::release, sign(release_at(now), by)},
      {Signed::event, wire::sign_jws(wire::TokenType::event, event_at(now), by)},
      {Signed::receipt, sign(receipt_at(now), by)},
      {Signed::control, sign(control_at(now), by)},
      {Signed::challenge, sign(challenge(), by)},
      {Signed::key_set, wire::canonical_json(to_value(keys))},
      {Signed::touch, touch_by(by, consent_statement(consent_at(now)))},
      {Signed::passkey_change, touch_by(by, change_statement(PasskeyChange::add, passkey, 1))},
      {Signed::bus_user,
       wire::nkey::user_jwt(by, by.public_key(), by.public_key(), "s1", now, now + std::chrono::minutes(10))},
  };
}

// All of them but one, to be presented in its place.
inline std::vector<wire::testing::Try> other_kinds(Signed but, const crypto::SigningKey& by, TimePoint now) {
  std::vector<wire::testing::Try> tries;
  for (const auto& [which, token] : every_kind(by, now)) {
    if (which != but) tries.push_back({"a good " + std::string(to_string(which)), token});
  }
  return tries;
}

}  // namespace x1::policy::testing
