// GET /health: whether the API answers and can read its store.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::health {

struct Input {};
[[nodiscard]] Input read(const Arguments& arguments);
void process(const Input& input, Services& services, Then<base::Done> then);

}  // namespace x1::api::health
