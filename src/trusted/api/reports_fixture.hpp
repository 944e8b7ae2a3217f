// What a broker reports, signed as it signs, and what the API makes of it.
#pragma once

#include <string>
#include <string_view>

#include "api/desk_fixture.hpp"
#include "api/event_intake.hpp"
#include "wire/jws.hpp"

namespace x1::api::testing {

inline std::string event(const Desk& desk, std::uint64_t seq, std::string_view type, std::string_view actor,
                         wire::Value::Object payload) {
  return wire::sign_jws(wire::TokenType::event,
                        wire::Value::Object{{"session", desk.session.text()},
                                            {"seq", static_cast<std::int64_t>(seq)},
                                            {"time", base::format_time(desk.clock.now())},
                                            {"type", type},
                                            {"actor", actor},
                                            {"turn", actor.empty() ? 0 : 1},
                                            {"payload", std::move(payload)}},
                        desk.boot);
}

inline policy::Receipt receipt_of(Desk& desk, const std::string& token) {
  const std::vector keys{desk.key.public_key()};
  return must(policy::verify_receipt(must(take_events(desk.services, desk.session, token)), keys));
}
// The code with which the API refused the one event, or "ok".
inline std::string verdict(Desk& desk, const std::string& token) {
  const auto receipt = receipt_of(desk, token);
  return receipt.refused.empty() ? "ok" : receipt.refused.at(0).code;
}

inline wire::Value::Object payload_of(const policy::Challenge& challenge) {
  return {{"challenge", policy::to_value(challenge)}};
}

}  // namespace x1::api::testing
