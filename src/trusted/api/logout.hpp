// POST /logout: the login that is shown ends, and its event streams with it.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::logout {

struct Input {};
[[nodiscard]] Input read(const Arguments& arguments);
[[nodiscard]] base::Result<base::Done> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::logout
