// What the tools of this provider have in common: their failures, and the places that they may name.
#pragma once

#include <string>

#include "provider/call.hpp"
#include "providers/calendar/caldav.hpp"

namespace x1::calendar {

[[nodiscard]] provider::Reply failed(const base::Error& error);
[[nodiscard]] provider::Reply failed(base::Code code, std::string message);
[[nodiscard]] provider::Reply unexpected_status(int status);

[[nodiscard]] provider::Request report(const provider::Call& call, std::string body);
// The calendar's path with a slash at its end.
[[nodiscard]] std::string base_of(const provider::Call& call);
// An href that names an object inside the connection's calendar, and no other place.
[[nodiscard]] bool lies_in(const std::string& href, const wire::Url& connection);
// "" when there is none.
[[nodiscard]] std::string header_of(const provider::Answer& answer, std::string_view name);

// The one event that {href} or {uid} names: what to ask for, and what the answer says.
struct Named {
  std::string href;
  std::string uid;
};
[[nodiscard]] base::Result<Named> check_named(const std::optional<std::string>& href,
                                              const std::optional<std::string>& uid, const wire::Url& connection);
[[nodiscard]] provider::Request request_for(const provider::Call& call, const Named& named);
[[nodiscard]] base::Result<Resource> resource_from(const provider::Answer& answer, const Named& named);

}  // namespace x1::calendar
