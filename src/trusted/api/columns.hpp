// Columns: reads one row of ours from left to right. What a STRICT table of ours holds was written by us: a value that
// is not of its type means that the file was tampered with, and ends the process rather than being guessed at.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "api/store.hpp"
#include "base/clock.hpp"
#include "crypto/digest.hpp"
#include "store/database.hpp"
#include "wire/value.hpp"

namespace x1::api {

class Columns {
 public:
  explicit Columns(const store::Row& row) : row_(row) {}
  [[nodiscard]] std::string text() { return store::text(next()); }
  [[nodiscard]] std::int64_t integer() { return store::integer(next()); }
  [[nodiscard]] std::uint64_t number() { return static_cast<std::uint64_t>(integer()); }
  [[nodiscard]] bool flag() { return integer() != 0; }
  [[nodiscard]] TimePoint time() { return TimePoint(std::chrono::milliseconds(integer())); }
  [[nodiscard]] std::optional<TimePoint> optional_time();
  [[nodiscard]] std::optional<std::uint64_t> optional_number();
  [[nodiscard]] std::optional<std::string> optional_text();
  [[nodiscard]] crypto::Digest digest();
  [[nodiscard]] wire::Value json();
  template <class Id>
  [[nodiscard]] Id id() {
    return stored_id<Id>(text());
  }
  template <class Id>
  [[nodiscard]] std::optional<Id> optional_id() {
    const auto& cell = next();
    if (std::holds_alternative<store::Null>(cell)) return std::nullopt;
    return stored_id<Id>(store::text(cell));
  }
  // The enumerator of that name, out of all of them.
  template <class Enum, std::size_t size>
  [[nodiscard]] Enum one_of(const std::array<Enum, size>& all) {
    const auto name = text();
    const auto found = std::ranges::find_if(all, [&](Enum value) { return to_string(value) == name; });
    X1_CHECK(found != all.end());
    return *found;
  }

 private:
  template <class Id>
  [[nodiscard]] static Id stored_id(const std::string& text) {
    auto parsed = Id::parse(text);
    X1_CHECK(parsed.ok());
    return std::move(parsed).value();
  }
  [[nodiscard]] const store::Cell& next() { return row_[at_++]; }
  const store::Row& row_;
  std::size_t at_ = 0;
};

// For rows of one column.
[[nodiscard]] inline std::uint64_t read_number(Columns& row) { return row.number(); }
[[nodiscard]] inline std::string read_text(Columns& row) { return row.text(); }

[[nodiscard]] store::Cell cell(TimePoint time);
[[nodiscard]] store::Cell cell(const std::optional<TimePoint>& time);
[[nodiscard]] store::Cell cell(std::uint64_t number);
[[nodiscard]] store::Cell cell(const std::optional<std::uint64_t>& number);
[[nodiscard]] store::Cell cell(bool flag);
[[nodiscard]] store::Cell cell(std::string_view text);
[[nodiscard]] store::Cell cell(const std::optional<std::string>& text);

// The one row of a query, as `read` makes it, or nothing.
template <class Read>
[[nodiscard]] auto one(base::Result<std::vector<store::Row>> rows, Read read)
    -> Maybe<decltype(read(std::declval<Columns&>()))> {
  using Record = decltype(read(std::declval<Columns&>()));
  if (!rows.ok()) return std::move(rows).error();
  if (rows->empty()) return std::optional<Record>();
  Columns columns(rows->front());
  return std::optional<Record>(read(columns));
}

template <class Read>
[[nodiscard]] auto all(base::Result<std::vector<store::Row>> rows, Read read)
    -> List<decltype(read(std::declval<Columns&>()))> {
  std::vector<decltype(read(std::declval<Columns&>()))> records;
  if (!rows.ok()) return std::move(rows).error();
  for (const auto& row : *rows) {
    Columns columns(row);
    records.push_back(read(columns));
  }
  return records;
}

// A statement that has to touch exactly one row: not_found when it touched none.
[[nodiscard]] Status changed_one(base::Result<std::int64_t> changed);
[[nodiscard]] Status done(const base::Result<std::int64_t>& changed);

}  // namespace x1::api
