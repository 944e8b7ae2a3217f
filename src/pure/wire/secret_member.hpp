// JSON around a secret: an object whose one string member comes from locked memory and goes to locked memory, without
// a copy of it anywhere else. For the two texts that carry a password (schema/connection-record.md,
// schema/sealed-credential.md), which are sealed as they are.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "crypto/secret.hpp"
#include "wire/value.hpp"

namespace x1::wire {

// The object's canonical JSON with {name: text} as its last member. `object` must be an object without that name.
// Fails with invalid_request when the text is not UTF-8.
[[nodiscard]] base::Result<crypto::Secret> json_with_secret(const Value& object, std::string_view name,
                                                            const crypto::Secret& text);

}  // namespace x1::wire
