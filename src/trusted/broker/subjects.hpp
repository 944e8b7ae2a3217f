// The subjects of the bus that a broker uses (schema/bus.md). Built here and nowhere else; an id is one token.
#pragma once

#include <string>
#include <string_view>

#include "base/id.hpp"

namespace x1::broker::subject {

[[nodiscard]] inline std::string turn(const base::SessionId& session) {
  return "x1.api.session." + session.text() + ".turn";
}
[[nodiscard]] inline std::string event(const base::SessionId& session) {
  return "x1.api.session." + session.text() + ".event";
}
[[nodiscard]] inline std::string audit(const base::SessionId& session) {
  return "x1.api.session." + session.text() + ".audit";
}
[[nodiscard]] inline std::string renew(const base::SessionId& session) {
  return "x1.api.session." + session.text() + ".renew";
}
[[nodiscard]] inline std::string control(const base::SessionId& session) {
  return "x1.session." + session.text() + ".control";
}
// `domain` stands in a manifest that was checked: it is one token.
[[nodiscard]] inline std::string provider_call(const base::SessionId& session, std::string_view domain) {
  return "x1.provider." + session.text() + "." + std::string(domain) + ".call";
}
[[nodiscard]] inline std::string provider_renew(const base::SessionId& session, std::string_view domain) {
  return "x1.provider." + session.text() + "." + std::string(domain) + ".renew";
}
// Whoever asks over `control` must wait for the answer in the API's own inbox.
inline constexpr std::string_view api_inbox = "_INBOX.api.";

}  // namespace x1::broker::subject
