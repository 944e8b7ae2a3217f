#include "wire/fields.hpp"

#include <algorithm>

namespace x1::wire {
namespace {

// Names come from whoever sent the object: only plain ones are repeated in a message.
std::string shown(std::string_view name) {
  const bool plain = name.size() <= 64 && std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7f'; });
  return plain ? "\"" + std::string(name) + "\"" : "a name that can't be shown";
}

}  // namespace

Fields::Fields(const Value& value, std::string_view what) : value_(value), what_(what) {
  if (value.object() == nullptr) {
    failure_ = base::Error{base::Code::invalid_request, "In " + what_ + ": it is not a JSON object.", ""};
  }
}

const Value* Fields::take(std::string_view name) {
  const auto* member = value_.find(name);
  if (member != nullptr) taken_.emplace(name);
  return member;
}

void Fields::fail(std::string_view name, std::string_view why) {
  if (failure_) return;
  auto message = "In " + what_ + ": " + shown(name) + " " + std::string(why) + ".";
  failure_ = base::Error{base::Code::invalid_request, std::move(message), ""};
}

std::string Fields::string(std::string_view name, std::size_t max_bytes) {
  auto text = optional_string(name, max_bytes);
  if (!text) fail(name, "is missing");
  return std::move(text).value_or(std::string());
}

std::optional<std::string> Fields::optional_string(std::string_view name, std::size_t max_bytes) {
  const auto* member = take(name);
  if (member == nullptr) return std::nullopt;
  const auto* text = member->string();
  if (text == nullptr) {
    fail(name, "is not a string");
  } else if (text->size() > max_bytes) {
    fail(name, "is longer than " + std::to_string(max_bytes) + " bytes");
  } else {
    return *text;
  }
  return std::nullopt;
}

std::int64_t Fields::integer(std::string_view name, std::int64_t low, std::int64_t high) {
  const auto number = optional_integer(name, low, high);
  if (!number) fail(name, "is missing");
  return number.value_or(low);
}

std::optional<std::int64_t> Fields::optional_integer(std::string_view name, std::int64_t low, std::int64_t high) {
  const auto* member = take(name);
  if (member == nullptr) return std::nullopt;
  const auto* number = member->integer();
  if (number == nullptr) {
    fail(name, "is not an integer");
  } else if (*number < low || *number > high) {
    fail(name, "is not between " + std::to_string(low) + " and " + std::to_string(high));
  } else {
    return *number;
  }
  return std::nullopt;
}

bool Fields::boolean(std::string_view name) {
  const auto flag = optional_boolean(name);
  if (!flag) fail(name, "is missing");
  return flag.value_or(false);
}

std::optional<bool> Fields::optional_boolean(std::string_view name) {
  const auto* member = take(name);
  if (member == nullptr) return std::nullopt;
  const auto* flag = member->boolean();
  if (flag == nullptr) {
    fail(name, "is not true or false");
    return std::nullopt;
  }
  return *flag;
}

Value Fields::any(std::string_view name) {
  auto value = optional_any(name);
  if (!value) fail(name, "is missing");
  return std::move(value).value_or(Value());
}

std::optional<Value> Fields::optional_any(std::string_view name) {
  const auto* member = take(name);
  if (member == nullptr) return std::nullopt;
  return *member;
}

base::Status Fields::finish() const {
  if (failure_) return *failure_;
  for (const auto& [name, member] : *value_.object()) {
    if (!taken_.contains(name)) {
      return base::Error{base::Code::invalid_request, "In " + what_ + ": " + shown(name) + " is not known here.", ""};
    }
  }
  return base::Done{};
}

}  // namespace x1::wire
