#include "wire/value.hpp"

namespace x1::wire {

const Value* Value::find(std::string_view name) const noexcept {
  const auto* members = object();
  if (members == nullptr) return nullptr;
  const auto member = members->find(name);
  return member == members->end() ? nullptr : &member->second;
}

const std::string* Value::find_string(std::string_view name) const noexcept {
  const auto* member = find(name);
  return member == nullptr ? nullptr : member->string();
}

const std::int64_t* Value::find_integer(std::string_view name) const noexcept {
  const auto* member = find(name);
  return member == nullptr ? nullptr : member->integer();
}

}  // namespace x1::wire
