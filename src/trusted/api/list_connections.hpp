// GET /connections: one's own connections; the vault holds their credentials.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::list_connections {

struct Input {};
[[nodiscard]] Input read(const Arguments& arguments);
[[nodiscard]] base::Result<std::vector<ConnectionRecord>> process(const Caller& caller, const Input& input,
                                                                  Services& services);

}  // namespace x1::api::list_connections
