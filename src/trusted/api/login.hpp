// POST /login: a name and a password become a login.
#pragma once

#include "api/arguments.hpp"
#include "api/logins.hpp"

namespace x1::api::login {

struct Input {
  std::string name;
  std::string password;
  bool cookie = false;
};
[[nodiscard]] Input read(const Arguments& arguments);

// Fails with unauthenticated (name or password; it does not say which) or too_many.
void process(const Input& input, Services& services, Then<LoggedIn> then);

}  // namespace x1::api::login
