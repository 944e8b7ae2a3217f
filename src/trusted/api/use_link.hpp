// POST /sign-in-links/use: a single-use link becomes a login.
#pragma once

#include "api/arguments.hpp"
#include "api/logins.hpp"

namespace x1::api::use_link {

struct Input {
  std::string link;
  bool cookie = false;
};
[[nodiscard]] Input read(const Arguments& arguments);
// Fails with unauthenticated: unknown, used or expired, it does not say which.
void process(const Input& input, Services& services, Then<LoggedIn> then);

}  // namespace x1::api::use_link
