// POST /accounts: the owner lets somebody in, with a name and a first password.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::create_account {

struct Input {
  std::string name;
  std::string password;
};
[[nodiscard]] Input read(const Arguments& arguments);
// Fails with invalid_request (a name that is no id, a password under ten bytes) or conflict (the name is taken).
void process(const Caller& caller, const Input& input, Services& services, Then<User> then);

}  // namespace x1::api::create_account
