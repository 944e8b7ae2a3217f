// GET /me: who is asking.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::me {

struct Input {};
[[nodiscard]] Input read(const Arguments& arguments);
[[nodiscard]] base::Result<User> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::me
