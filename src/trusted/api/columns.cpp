#include "api/columns.hpp"

#include "wire/json.hpp"

namespace x1::api {

std::optional<TimePoint> Columns::optional_time() {
  const auto& cell = next();
  if (std::holds_alternative<store::Null>(cell)) return std::nullopt;
  return TimePoint(std::chrono::milliseconds(store::integer(cell)));
}

std::optional<std::uint64_t> Columns::optional_number() {
  const auto& cell = next();
  if (std::holds_alternative<store::Null>(cell)) return std::nullopt;
  return static_cast<std::uint64_t>(store::integer(cell));
}

std::optional<std::string> Columns::optional_text() {
  const auto& cell = next();
  if (std::holds_alternative<store::Null>(cell)) return std::nullopt;
  return store::text(cell);
}

crypto::Digest Columns::digest() {
  auto parsed = crypto::digest_from_hex(text());
  X1_CHECK(parsed.ok());
  return *parsed;
}

wire::Value Columns::json() {
  // As large and as deep as anything that was let in, with room to spare.
  auto parsed = wire::parse_json(text(), {.bytes = 16 << 20, .depth = 64, .values = 1'000'000});
  X1_CHECK(parsed.ok());
  return std::move(parsed).value();
}

store::Cell cell(TimePoint time) { return std::int64_t{time.time_since_epoch().count()}; }
store::Cell cell(const std::optional<TimePoint>& time) { return time ? cell(*time) : store::Cell(store::Null{}); }
store::Cell cell(std::uint64_t number) { return static_cast<std::int64_t>(number); }
store::Cell cell(const std::optional<std::uint64_t>& number) {
  return number ? cell(*number) : store::Cell(store::Null{});
}
store::Cell cell(bool flag) { return std::int64_t{flag ? 1 : 0}; }
store::Cell cell(std::string_view text) { return std::string(text); }
store::Cell cell(const std::optional<std::string>& text) {
  return text ? store::Cell(*text) : store::Cell(store::Null{});
}

Status changed_one(base::Result<std::int64_t> changed) {
  X1_TRY(count, std::move(changed));
  if (count != 1) return base::Error{base::Code::not_found, "There is no such record.", ""};
  return base::Done{};
}

Status done(const base::Result<std::int64_t>& changed) {
  if (!changed.ok()) return changed.error();
  return base::Done{};
}

}  // namespace x1::api
