#include "policy/limits.hpp"

#include <algorithm>

#include "wire/fields.hpp"

namespace x1::policy {
namespace {

bool is_one_of(const std::optional<std::uint64_t>& limit, std::uint64_t most) noexcept {
  return !limit || (*limit >= 1 && *limit <= most);
}

std::optional<std::uint64_t> optional_count(wire::Fields& fields, std::string_view name, std::uint64_t most) {
  const auto count = fields.optional_integer(name, 1, static_cast<std::int64_t>(most));
  if (!count) return std::nullopt;
  return static_cast<std::uint64_t>(*count);
}

}  // namespace

bool is_limits(const Limits& limits) noexcept {
  return (limits.uses || limits.bytes) && is_one_of(limits.uses, max_limit_uses) &&
         is_one_of(limits.bytes, max_limit_bytes);
}

wire::Value to_value(const Limits& limits) {
  wire::Value::Object object;
  if (limits.uses) object.emplace("uses", static_cast<std::int64_t>(*limits.uses));
  if (limits.bytes) object.emplace("bytes", static_cast<std::int64_t>(*limits.bytes));
  return object;
}

base::Result<Limits> limits_from(const wire::Value& value) {
  wire::Fields fields(value, "the limits");
  const Limits limits{optional_count(fields, "uses", max_limit_uses), optional_count(fields, "bytes", max_limit_bytes)};
  X1_TRY(done, fields.finish());
  if (is_limits(limits)) return limits;
  return base::Error{base::Code::invalid_request, "Limits have uses, bytes, or both.", ""};
}

bool is_within(const std::optional<Limits>& limits, const Usage& used) noexcept {
  if (!limits) return true;
  return (!limits->uses || used.calls < *limits->uses) && (!limits->bytes || used.bytes < *limits->bytes);
}

bool has_room(const std::optional<Limits>& limits, const Usage& used, const Usage& more) noexcept {
  if (!limits) return true;
  const auto fits = [](const std::optional<std::uint64_t>& limit, std::uint64_t now, std::uint64_t then) {
    return !limit || (now <= *limit && then <= *limit - now);
  };
  return fits(limits->uses, used.calls, more.calls) && fits(limits->bytes, used.bytes, more.bytes);
}

std::uint64_t bytes_of(const wire::PlannedRequest& request) noexcept {
  return request.target.size() + request.body.size();
}

std::optional<std::uint32_t> answer_limit(const std::optional<Limits>& limits, const Usage& used,
                                          const wire::PlannedRequest& request) noexcept {
  if (!limits || !limits->bytes) return max_answer_bytes;
  const auto own = bytes_of(request);
  if (!has_room(limits, used, {0, own})) return std::nullopt;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(max_answer_bytes, *limits->bytes - used.bytes - own));
}

}  // namespace x1::policy
