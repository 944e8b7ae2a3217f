// Fields: reads the members of one JSON object strictly. Each member is asked for by name and type; `finish` refuses
// what was not asked for. The first failure sticks, so a reader asks for everything and checks once.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "wire/value.hpp"

namespace x1::wire {

class Fields {
 public:
  // `value` must outlive the reader. `what` names the object in messages ("the consent token").
  Fields(const Value& value, std::string_view what);

  [[nodiscard]] std::string string(std::string_view name, std::size_t max_bytes = 4096);
  [[nodiscard]] std::optional<std::string> optional_string(std::string_view name, std::size_t max_bytes = 4096);
  [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t low, std::int64_t high);
  [[nodiscard]] std::optional<std::int64_t> optional_integer(std::string_view name, std::int64_t low,
                                                             std::int64_t high);
  [[nodiscard]] bool boolean(std::string_view name);
  [[nodiscard]] std::optional<bool> optional_boolean(std::string_view name);
  // Any value; Null when the member is absent and a failure is noted.
  [[nodiscard]] Value any(std::string_view name);
  [[nodiscard]] std::optional<Value> optional_any(std::string_view name);
  template <class Id>
  [[nodiscard]] std::optional<Id> id(std::string_view name) {
    auto parsed = Id::parse(string(name, 64));
    if (parsed.ok()) return std::move(parsed).value();
    fail(name, "is not an id");
    return std::nullopt;
  }

  // Notes a failure of the caller's own.
  void fail(std::string_view name, std::string_view why);
  // The first failure, or an unknown member, or Done.
  [[nodiscard]] base::Status finish() const;

 private:
  [[nodiscard]] const Value* take(std::string_view name);
  const Value& value_;
  std::string what_;
  std::set<std::string, std::less<>> taken_;
  std::optional<base::Error> failure_;
};

}  // namespace x1::wire
