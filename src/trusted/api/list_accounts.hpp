// GET /accounts: everybody who may log in; for the owner.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::list_accounts {

struct Input {};
[[nodiscard]] Input read(const Arguments& arguments);
[[nodiscard]] base::Result<std::vector<User>> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::list_accounts
