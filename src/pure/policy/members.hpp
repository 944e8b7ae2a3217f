// Members that several formats of this folder share (times, digests, turn numbers), read through wire::Fields.
// A member that is missing or malformed is noted there, and the value given back means nothing.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "crypto/digest.hpp"
#include "wire/fields.hpp"
#include "wire/value.hpp"

namespace x1::policy {

// The largest whole number that every reader of JSON holds exactly (2^53 - 1).
inline constexpr std::int64_t max_safe_integer = 9'007'199'254'740'991;

[[nodiscard]] base::TimePoint time_member(wire::Fields& fields, std::string_view name);
[[nodiscard]] std::optional<base::TimePoint> optional_time_member(wire::Fields& fields, std::string_view name);
[[nodiscard]] crypto::Digest digest_member(wire::Fields& fields, std::string_view name);
[[nodiscard]] base::TurnNumber turn_member(wire::Fields& fields, std::string_view name);

template <class Id>
[[nodiscard]] std::optional<Id> optional_id_member(wire::Fields& fields, std::string_view name) {
  const auto text = fields.optional_string(name, 64);
  if (!text) return std::nullopt;
  auto parsed = Id::parse(*text);
  if (parsed.ok()) return std::move(parsed).value();
  fields.fail(name, "is not an id");
  return std::nullopt;
}

[[nodiscard]] wire::Value time_value(base::TimePoint time);
[[nodiscard]] wire::Value digest_value(const crypto::Digest& digest);
[[nodiscard]] wire::Value turn_value(base::TurnNumber turn);

}  // namespace x1::policy
