// Limits: how much a standing grant is good for, beside how long; and what was used of it. A call is counted before
// anything is dialled for it, and the bytes of a request before that one is: what its answer may have at most, of which
// the rest is given back when the answer is there. So no limit is ever exceeded, whatever runs at once or crashes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "wire/canonical_request.hpp"
#include "wire/value.hpp"

namespace x1::policy {

inline constexpr std::uint64_t max_limit_uses = 1'000'000;
inline constexpr std::uint64_t max_limit_bytes = std::uint64_t{1} << 40;
// Of the answer to any one request.
inline constexpr std::uint32_t max_answer_bytes = 4 << 20;

// At least one of the two is there.
struct Limits {
  std::optional<std::uint64_t> uses = {};   // calls
  std::optional<std::uint64_t> bytes = {};  // of requests (target and body) and of the bodies of their answers
  bool operator==(const Limits&) const = default;
};
[[nodiscard]] bool is_limits(const Limits& limits) noexcept;
[[nodiscard]] wire::Value to_value(const Limits& limits);
[[nodiscard]] base::Result<Limits> limits_from(const wire::Value& value);

struct Usage {
  std::uint64_t calls = 0;
  std::uint64_t bytes = 0;  // what requests under way may still use counts as used
  bool operator==(const Usage&) const = default;
};

// Whether another call may begin.
[[nodiscard]] bool is_within(const std::optional<Limits>& limits, const Usage& used) noexcept;
// Whether that much more may be counted.
[[nodiscard]] bool has_room(const std::optional<Limits>& limits, const Usage& used, const Usage& more) noexcept;

// What a request takes by itself.
[[nodiscard]] std::uint64_t bytes_of(const wire::PlannedRequest& request) noexcept;
// How large the answer to this request may be; nothing: not even the request fits.
[[nodiscard]] std::optional<std::uint32_t> answer_limit(const std::optional<Limits>& limits, const Usage& used,
                                                        const wire::PlannedRequest& request) noexcept;

}  // namespace x1::policy
