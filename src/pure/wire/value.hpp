// Value: JSON as typed data, and nothing about JSON text. What crosses a seam is a Value, never text.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace x1::wire {

class Value {
 public:
  struct Null {
    bool operator==(const Null&) const = default;
  };
  using Array = std::vector<Value>;
  using Object = std::map<std::string, Value, std::less<>>;
  using Data = std::variant<Null, bool, std::int64_t, double, std::string, Array, Object>;

  Value() noexcept : data_(Null{}) {}
  Value(Null) noexcept : data_(Null{}) {}
  Value(bool value) noexcept : data_(value) {}
  Value(std::int64_t value) noexcept : data_(value) {}
  Value(int value) noexcept : data_(static_cast<std::int64_t>(value)) {}
  Value(double value) noexcept : data_(value) {}
  Value(std::string value) noexcept : data_(std::move(value)) {}
  Value(std::string_view value) : data_(std::string(value)) {}
  Value(const char* value) : data_(std::string(value)) {}
  Value(Array value) noexcept : data_(std::move(value)) {}
  Value(Object value) noexcept : data_(std::move(value)) {}

  [[nodiscard]] const Data& data() const noexcept { return data_; }

  // The value as that type, or nullptr when it is another.
  [[nodiscard]] const bool* boolean() const noexcept { return std::get_if<bool>(&data_); }
  [[nodiscard]] const std::int64_t* integer() const noexcept { return std::get_if<std::int64_t>(&data_); }
  [[nodiscard]] const std::string* string() const noexcept { return std::get_if<std::string>(&data_); }
  [[nodiscard]] const Array* array() const noexcept { return std::get_if<Array>(&data_); }
  [[nodiscard]] const Object* object() const noexcept { return std::get_if<Object>(&data_); }
  [[nodiscard]] Array* array() noexcept { return std::get_if<Array>(&data_); }
  [[nodiscard]] Object* object() noexcept { return std::get_if<Object>(&data_); }
  [[nodiscard]] bool is_null() const noexcept { return std::holds_alternative<Null>(data_); }

  // The member of that name, or nullptr when this is no object or has none.
  [[nodiscard]] const Value* find(std::string_view name) const noexcept;
  // The string member of that name, or nullptr.
  [[nodiscard]] const std::string* find_string(std::string_view name) const noexcept;
  [[nodiscard]] const std::int64_t* find_integer(std::string_view name) const noexcept;

  bool operator==(const Value&) const = default;

 private:
  Data data_;
};

}  // namespace x1::wire
