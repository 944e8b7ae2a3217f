#include "contract/openapi/schema.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <regex>
#include <set>

#include "os/file.hpp"
#include "wire/json.hpp"

namespace x1::contract {
namespace {

using wire::Value;

bool is_of_type(std::string_view type, const Value& value) {
  if (type == "object") return value.object() != nullptr;
  if (type == "array") return value.array() != nullptr;
  if (type == "string") return value.string() != nullptr;
  if (type == "integer") return value.integer() != nullptr;
  if (type == "boolean") return value.boolean() != nullptr;
  if (type == "null") return value.is_null();
  FAIL("the test's reader of JSON Schema does not know this type");
  return false;
}

bool type_fits(const Value& type, const Value& value) {
  if (const auto* one = type.string()) return is_of_type(*one, value);
  REQUIRE(type.array() != nullptr);
  return std::ranges::any_of(*type.array(), [&](const Value& each) { return is_of_type(*each.string(), value); });
}

std::optional<std::string> text_problem(const Value& schema, const std::string& text) {
  if (const auto* most = schema.find_integer("maxLength"); most != nullptr && std::cmp_greater(text.size(), *most)) {
    return "is too long";
  }
  if (const auto* pattern = schema.find_string("pattern"); pattern != nullptr) {
    if (!std::regex_search(text, std::regex(*pattern, std::regex::ECMAScript))) return "does not match " + *pattern;
  }
  if (const auto* words = schema.find("enum"); words != nullptr) {
    if (std::ranges::find(*words->array(), Value(text)) == words->array()->end()) return "'" + text + "' is not listed";
  }
  return std::nullopt;
}

}  // namespace

OpenApi::OpenApi() {
  auto text = os::read_file(std::string(X1_SOURCE_DIR) + "/schema/openapi.json");
  REQUIRE(text.ok());
  auto parsed = wire::parse_json(*text);
  REQUIRE(parsed.ok());
  document_ = std::move(*parsed);
  for (const auto& [path, methods] : *document_.find("paths")->object()) {
    for (const auto& [method, operation] : *methods.object()) {
      std::string upper = method;
      std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
      operations_.push_back({*operation.find_string("operationId"), upper, path, &operation});
    }
  }
}

const DeclaredOperation& OpenApi::operation(std::string_view id) const {
  const auto found = std::ranges::find(operations_, id, &DeclaredOperation::id);
  REQUIRE(found != operations_.end());
  return *found;
}

const Value& OpenApi::resolved(const Value& value) const {
  const auto* reference = value.find_string("$ref");
  if (reference == nullptr) return value;
  const Value* at = &document_;
  std::string_view left = *reference;
  REQUIRE(left.starts_with("#/"));
  for (left.remove_prefix(2); !left.empty();) {
    const auto name = left.substr(0, left.find('/'));
    left.remove_prefix(std::min(name.size() + 1, left.size()));
    at = at->find(name);
    REQUIRE(at != nullptr);
  }
  return *at;
}

const Value& OpenApi::response(const DeclaredOperation& operation, int status) const {
  const auto* responses = operation.value->find("responses");
  const auto* own = responses->find(std::to_string(status));
  return resolved(own == nullptr ? *responses->find("default") : *own);
}

std::optional<std::string> OpenApi::object_problem(const Value& schema, const Value& value) const {
  const auto* properties = schema.find("properties");
  const auto* open = schema.find("additionalProperties");
  if (properties == nullptr) return std::nullopt;
  for (const auto& [name, member] : *value.object()) {
    const auto* declared = properties->find(name);
    if (declared == nullptr && open != nullptr && open->boolean() != nullptr && !*open->boolean()) {
      return name + ": is not declared";
    }
    if (declared == nullptr) continue;
    if (auto found = problem(*declared, member)) return name + ": " + *found;
  }
  for (const auto& name : *schema.find("required")->array()) {
    if (value.find(*name.string()) == nullptr) return *name.string() + ": is missing";
  }
  return std::nullopt;
}

std::optional<std::string> OpenApi::problem(const Value& given, const Value& value) const {
  static const std::set<std::string, std::less<>> known{"type",     "properties", "required",    "additionalProperties",
                                                        "items",    "enum",       "pattern",     "maxLength",
                                                        "maxItems", "minimum",    "description", "contentEncoding"};
  const auto& schema = resolved(given);
  for (const auto& [word, meaning] : *schema.object())
    REQUIRE_MESSAGE(known.contains(word), word);
  if (!type_fits(*schema.find("type"), value)) return "is of another type";
  if (const auto* text = value.string()) return text_problem(schema, *text);
  if (const auto* least = schema.find_integer("minimum"); least != nullptr && *value.integer() < *least)
    return "is small";
  if (const auto* items = value.array()) {
    for (std::size_t i = 0; i < items->size(); ++i) {
      if (auto found = problem(*schema.find("items"), (*items)[i])) return "[" + std::to_string(i) + "] " + *found;
    }
  }
  if (value.object() != nullptr) return object_problem(schema, value);
  return std::nullopt;
}

}  // namespace x1::contract
