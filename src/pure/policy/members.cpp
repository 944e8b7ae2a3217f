#include "policy/members.hpp"

namespace x1::policy {

base::TimePoint time_member(wire::Fields& fields, std::string_view name) {
  auto parsed = base::parse_time(fields.string(name, 24));
  if (parsed.ok()) return *parsed;
  fields.fail(name, "is not a time like 2026-11-24T19:55:28.000Z");
  return {};
}

std::optional<base::TimePoint> optional_time_member(wire::Fields& fields, std::string_view name) {
  const auto text = fields.optional_string(name, 24);
  if (!text) return std::nullopt;
  auto parsed = base::parse_time(*text);
  if (parsed.ok()) return *parsed;
  fields.fail(name, "is not a time like 2026-11-24T19:55:28.000Z");
  return std::nullopt;
}

crypto::Digest digest_member(wire::Fields& fields, std::string_view name) {
  auto parsed = crypto::digest_from_hex(fields.string(name, 64));
  if (parsed.ok()) return *parsed;
  fields.fail(name, "is not a SHA-256 digest in lower-case hex");
  return {};
}

base::TurnNumber turn_member(wire::Fields& fields, std::string_view name) {
  return base::TurnNumber(static_cast<std::uint64_t>(fields.integer(name, 1, max_safe_integer)));
}

wire::Value time_value(base::TimePoint time) { return base::format_time(time); }
wire::Value digest_value(const crypto::Digest& digest) { return crypto::to_hex(digest); }
wire::Value turn_value(base::TurnNumber turn) { return static_cast<std::int64_t>(turn); }

}  // namespace x1::policy
