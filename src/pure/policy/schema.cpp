#include "policy/schema.hpp"

#include <algorithm>
#include <chrono>

namespace x1::policy {
namespace {

using wire::Value;
using Problem = std::optional<SchemaProblem>;

constexpr std::int64_t default_max_length = 4096;
constexpr std::int64_t largest_max_length = 65536;
constexpr std::int64_t default_max_items = 100;
constexpr std::size_t max_properties = 32;
constexpr std::size_t max_choices = 100;

bool is_property_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 32 && name.front() >= 'a' && name.front() <= 'z' &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

Problem only_members(const Value::Object& object, const std::string& where,
                     std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : object) {
    if (std::ranges::find(known, name) == known.end()) {
      return SchemaProblem{where + "/" + name, "is not part of the schema language of manifests"};
    }
  }
  return std::nullopt;
}

Problem check_limit(const Value& schema, const std::string& where, std::string_view name) {
  const Value* limit = schema.find(name);
  if (limit == nullptr) return std::nullopt;
  if (limit->integer() != nullptr && *limit->integer() > 0 && *limit->integer() <= largest_max_length) {
    return std::nullopt;
  }
  return SchemaProblem{where + "/" + std::string(name), "is not a number from 1 to 65536"};
}

Problem check_string_schema(const Value& schema, const std::string& where) {
  if (auto unknown = only_members(*schema.object(), where, {"type", "description", "maxLength", "enum", "format"})) {
    return unknown;
  }
  if (auto limit = check_limit(schema, where, "maxLength")) return limit;
  if (const Value* choices = schema.find("enum")) {
    const auto* list = choices->array();
    if (list == nullptr || list->empty() || list->size() > max_choices ||
        !std::ranges::all_of(*list, [](const Value& choice) { return choice.string() != nullptr; })) {
      return SchemaProblem{where + "/enum", "is not a list of 1 to 100 texts"};
    }
  }
  if (const Value* format = schema.find("format"); format != nullptr && *format != Value("date-time")) {
    return SchemaProblem{where + "/format", "is not date-time, the only format there is"};
  }
  return std::nullopt;
}

Problem check_integer_schema(const Value& schema, const std::string& where) {
  if (auto unknown = only_members(*schema.object(), where, {"type", "description", "minimum", "maximum"})) {
    return unknown;
  }
  for (const std::string_view name : {"minimum", "maximum"}) {
    const Value* limit = schema.find(name);
    if (limit != nullptr && limit->integer() == nullptr) {
      return SchemaProblem{where + "/" + std::string(name), "is not a whole number"};
    }
  }
  return std::nullopt;
}

Problem check_array_schema(const Value& schema, const std::string& where) {
  if (auto unknown = only_members(*schema.object(), where, {"type", "description", "items", "maxItems"})) {
    return unknown;
  }
  if (auto limit = check_limit(schema, where, "maxItems")) return limit;
  const Value* items = schema.find("items");
  const auto* type = items == nullptr ? nullptr : items->find_string("type");
  if (type == nullptr || *type != "string") return SchemaProblem{where + "/items", "is not the schema of a string"};
  return check_string_schema(*items, where + "/items");
}

Problem check_property(const Value& schema, const std::string& where) {
  const auto* type = schema.find_string("type");
  if (type == nullptr) return SchemaProblem{where, "has no type"};
  if (const Value* description = schema.find("description");
      description != nullptr && description->string() == nullptr) {
    return SchemaProblem{where + "/description", "is not a text"};
  }
  if (*type == "string") return check_string_schema(schema, where);
  if (*type == "integer") return check_integer_schema(schema, where);
  if (*type == "boolean") return only_members(*schema.object(), where, {"type", "description"});
  if (*type == "array") return check_array_schema(schema, where);
  return SchemaProblem{where + "/type", "is not string, integer, boolean or array"};
}

// What follows reads a schema that check_schema has passed.

base::Error refuse(std::string_view name, std::string_view why) {
  return base::Error{base::Code::invalid_request, "The argument '" + std::string(name) + "' " + std::string(why) + ".",
                     "See the tool's input schema."};
}

base::Status check_text(std::string_view name, const Value& schema, const Value& argument) {
  const auto* text = argument.string();
  if (text == nullptr) return refuse(name, "is not a text");
  const auto* limit = schema.find_integer("maxLength");
  const std::int64_t most = limit == nullptr ? default_max_length : *limit;
  if (static_cast<std::int64_t>(text->size()) > most) {
    return refuse(name, "is longer than " + std::to_string(most) + " bytes");
  }
  if (text->find('\0') != std::string::npos) return refuse(name, "holds a NUL character");
  if (schema.find("format") != nullptr && !is_date_time(*text)) {
    return refuse(name, "is not a time like 2026-11-24T19:55:28Z");
  }
  const Value* choices = schema.find("enum");
  if (choices != nullptr && std::ranges::find(*choices->array(), argument) == choices->array()->end()) {
    return refuse(name, "is none of the texts that it may be");
  }
  return base::Done{};
}

base::Status check_number(std::string_view name, const Value& schema, const Value& argument) {
  const auto* number = argument.integer();
  if (number == nullptr) return refuse(name, "is not a whole number");
  const auto* low = schema.find_integer("minimum");
  const auto* high = schema.find_integer("maximum");
  if (low != nullptr && *number < *low) return refuse(name, "is below " + std::to_string(*low));
  if (high != nullptr && *number > *high) return refuse(name, "is above " + std::to_string(*high));
  return base::Done{};
}

base::Status check_list(std::string_view name, const Value& schema, const Value& argument) {
  const auto* list = argument.array();
  if (list == nullptr) return refuse(name, "is not a list");
  const auto* limit = schema.find_integer("maxItems");
  const std::int64_t most = limit == nullptr ? default_max_items : *limit;
  if (static_cast<std::int64_t>(list->size()) > most) {
    return refuse(name, "has more than " + std::to_string(most) + " members");
  }
  for (const Value& item : *list) {
    if (auto fits = check_text(name, *schema.find("items"), item); !fits.ok()) return fits;
  }
  return base::Done{};
}

base::Status check_argument(std::string_view name, const Value& schema, const Value& argument) {
  const std::string& type = *schema.find_string("type");
  if (type == "string") return check_text(name, schema, argument);
  if (type == "integer") return check_number(name, schema, argument);
  if (type == "array") return check_list(name, schema, argument);
  if (type == "boolean" && argument.boolean() != nullptr) return base::Done{};
  return refuse(name, "is neither true nor false");
}

}  // namespace

std::optional<SchemaProblem> check_schema(const Value& schema) {
  const auto* object = schema.object();
  if (object == nullptr) return SchemaProblem{"", "is not an object"};
  for (const auto& [name, value] : *object) {
    if (name != "type" && name != "properties" && name != "required" && name != "additionalProperties") {
      return SchemaProblem{name, "is not part of the schema language of manifests"};
    }
  }
  const auto* type = schema.find_string("type");
  if (type == nullptr || *type != "object") return SchemaProblem{"type", "is not object"};
  const Value* additional = schema.find("additionalProperties");
  if (additional == nullptr || *additional != Value(false)) {
    return SchemaProblem{"additionalProperties", "is not false"};
  }
  const auto* properties = schema.find("properties") == nullptr ? nullptr : schema.find("properties")->object();
  if (properties == nullptr || properties->size() > max_properties) {
    return SchemaProblem{"properties", "is not an object of at most 32 members"};
  }
  for (const auto& [name, property] : *properties) {
    const std::string where = "properties/" + name;
    if (!is_property_name(name)) return SchemaProblem{where, "is not a name of a-z, 0-9 and '_', at most 32 long"};
    // The broker takes this one for itself: it chooses among a person's connections.
    if (name == "connection") return SchemaProblem{where, "is a name that the platform keeps for itself"};
    if (property.object() == nullptr) return SchemaProblem{where, "is not an object"};
    if (auto problem = check_property(property, where)) return problem;
  }
  if (const Value* required = schema.find("required")) {
    const auto* list = required->array();
    const bool known = list != nullptr && std::ranges::all_of(*list, [&](const Value& name) {
                         return name.string() != nullptr && properties->contains(*name.string());
                       });
    if (!known) return SchemaProblem{"required", "is not a list of names of properties"};
  }
  return std::nullopt;
}

base::Status check_arguments(const Value& schema, const Value& arguments) {
  if (check_schema(schema)) {
    return base::Error{base::Code::internal, "The tool's input schema is not one that the platform understands.", ""};
  }
  const auto* members = arguments.object();
  if (members == nullptr) {
    return base::Error{base::Code::invalid_request, "The arguments are not an object.", "See the tool's input schema."};
  }
  const Value& properties = *schema.find("properties");
  for (const auto& [name, argument] : *members) {
    const Value* property = properties.find(name);
    if (property == nullptr) {
      return base::Error{base::Code::invalid_request, "The tool takes no argument of the name '" + name + "'.",
                         "See the tool's input schema."};
    }
    if (auto fits = check_argument(name, *property, argument); !fits.ok()) return fits;
  }
  if (const Value* required = schema.find("required")) {
    for (const Value& name : *required->array()) {
      if (!members->contains(*name.string())) return refuse(*name.string(), "is missing");
    }
  }
  return base::Done{};
}

bool is_date_time(std::string_view text) noexcept {
  constexpr std::string_view form = "dddd-dd-ddTdd:dd:dd";
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto fits = [&](std::string_view part, std::string_view shape) {
    return part.size() == shape.size() &&
           std::ranges::equal(part, shape, [&](char c, char s) { return s == 'd' ? is_digit(c) : c == s; });
  };
  const auto number = [&](std::string_view digits) {
    int value = 0;
    for (const char c : digits)
      value = value * 10 + (c - '0');
    return value;
  };
  if (text.size() > 40 || !fits(text.substr(0, form.size()), form)) return false;
  const std::chrono::year_month_day date{std::chrono::year(number(text.substr(0, 4))),
                                         std::chrono::month(static_cast<unsigned>(number(text.substr(5, 2)))),
                                         std::chrono::day(static_cast<unsigned>(number(text.substr(8, 2))))};
  if (!date.ok() || number(text.substr(11, 2)) > 23 || number(text.substr(14, 2)) > 59) return false;
  if (number(text.substr(17, 2)) > 60) return false;  // 60: a leap second
  auto rest = text.substr(form.size());
  if (rest.starts_with('.')) {
    const auto end = std::ranges::find_if_not(rest.substr(1), is_digit) - rest.begin();
    if (end < 2) return false;
    rest.remove_prefix(static_cast<std::size_t>(end));
  }
  if (rest == "Z") return true;
  if (!fits(rest, "+dd:dd") && !fits(rest, "-dd:dd")) return false;
  return number(rest.substr(1, 2)) <= 23 && number(rest.substr(4, 2)) <= 59;
}

}  // namespace x1::policy
