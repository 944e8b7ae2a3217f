// Routing and checking by the table of operations.
#include <algorithm>
#include <charconv>
#include <set>

#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "base/id.hpp"
#include "crypto/digest.hpp"
#include "seam/operations.hpp"

namespace x1::seam {
namespace {

using base::Code;
using base::Error;

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    path.remove_prefix(1);  // '/'
    const auto end = std::min(path.find('/'), path.size());
    parts.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return parts;
}

bool is_parameter(std::string_view segment) noexcept { return segment.starts_with('{'); }

bool matches(std::span<const std::string_view> pattern, std::span<const std::string_view> path) {
  return std::ranges::equal(pattern, path, [](std::string_view wanted, std::string_view given) {
    return is_parameter(wanted) ? !given.empty() : wanted == given;
  });
}

std::vector<edge::Parameter> path_parameters(std::string_view pattern, std::span<const std::string_view> path) {
  std::vector<edge::Parameter> found;
  std::size_t index = 0;
  for (const auto wanted : segments(pattern)) {
    if (is_parameter(wanted)) {
      found.push_back({std::string(wanted.substr(1, wanted.size() - 2)), std::string(path[index])});
    }
    ++index;
  }
  return found;
}

// "a=1&b=2", without any encoding: no value of ours needs it.
base::Status add_query(std::string_view query, std::vector<edge::Parameter>& parameters) {
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || pair.find('%') != std::string_view::npos || parameters.size() >= 16) {
      return Error{Code::invalid_request, "The query is not a list of name=value.", ""};
    }
    parameters.push_back({std::string(pair.substr(0, equals)), std::string(pair.substr(equals + 1))});
  }
  return base::Done{};
}

bool is_number(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto* end = std::to_address(text.end());
  const auto [stopped, error] = std::from_chars(std::to_address(text.begin()), end, value);
  return error == std::errc() && stopped == end && value <= INT64_MAX && (text == "0" || !text.starts_with('0'));
}

bool is_text(const Field& field, std::string_view text) {
  if (text.size() > field.limit || text.find('\0') != std::string_view::npos || !base::is_utf8(text)) return false;
  return field.choices.empty() || std::ranges::find(field.choices, text) != field.choices.end();
}

bool fits_text(const Field& field, std::string_view text) {
  switch (field.type) {
    case FieldType::id: return base::is_id_text(text);
    case FieldType::number: return is_number(text);
    case FieldType::text: return is_text(field, text);
    case FieldType::digest: return crypto::digest_from_hex(text).ok();
    case FieldType::time: return base::parse_time(text).ok();
    case FieldType::base64: return text.size() <= field.limit && base::base64_decode(text).ok();
    case FieldType::boolean:
    case FieldType::texts: return false;
  }
  return false;
}

bool fits(const Field& field, const wire::Value& value) {
  switch (field.type) {
    case FieldType::boolean: return value.boolean() != nullptr;
    case FieldType::number: return value.integer() != nullptr && *value.integer() >= 0;
    case FieldType::texts: {
      const auto* items = value.array();
      return items != nullptr && items->size() <= max_items &&
             std::ranges::all_of(*items, [&](const wire::Value& item) {
               return item.string() != nullptr && is_text(field, *item.string());
             });
    }
    case FieldType::id:
    case FieldType::text:
    case FieldType::digest:
    case FieldType::time:
    case FieldType::base64: return value.string() != nullptr && fits_text(field, *value.string());
  }
  return false;
}

std::string wanted(const Field& field) {
  const auto limit = std::to_string(field.limit);
  switch (field.type) {
    case FieldType::id: return "an id (1 to 64 characters of a-z, 0-9, '_' and '-')";
    case FieldType::number: return "a whole number from 0";
    case FieldType::text:
      return field.choices.empty() ? "text of at most " + limit + " bytes" : "one of the listed words";
    case FieldType::digest: return "64 characters of lower-case hex";
    case FieldType::time: return "a time like 2026-01-31T12:00:00.000Z";
    case FieldType::base64: return "base64 of at most " + limit + " characters";
    case FieldType::boolean: return "true or false";
    case FieldType::texts:
      return "a list of at most " + std::to_string(max_items) + " texts of at most " + limit + " bytes each";
  }
  return "something else";
}

Error bad(std::string_view name, const std::string& why) {
  // A name that came from outside is repeated only as far as it is harmless.
  const auto shown = base::is_id_text(name) ? "'" + std::string(name) + "'" : std::string("A field");
  return Error{Code::invalid_request, shown + " " + why + ".", "see schema/openapi.json for what this operation takes"};
}

const Field* find(std::span<const Field> fields, std::string_view name) noexcept {
  const auto found = std::ranges::find(fields, name, &Field::name);
  return found == fields.end() ? nullptr : &*found;
}

base::Status check_parameters(std::span<const Field> fields, const std::vector<edge::Parameter>& parameters) {
  std::set<std::string_view> seen;
  for (const auto& parameter : parameters) {
    const auto* field = find(fields, parameter.name);
    if (field == nullptr) return bad(parameter.name, "is not a parameter of this operation");
    if (!seen.insert(parameter.name).second) return bad(parameter.name, "is given twice");
    if (!fits_text(*field, parameter.value)) return bad(parameter.name, "has to be " + wanted(*field));
  }
  for (const auto& field : fields) {
    if (field.required && !seen.contains(field.name)) return bad(field.name, "is missing");
  }
  return base::Done{};
}

base::Status check_body(std::span<const Field> fields, const wire::Value::Object& body) {
  for (const auto& [name, value] : body) {
    const auto* field = find(fields, name);
    if (field == nullptr) return bad(name, "is not a field of this operation");
    if (!fits(*field, value)) return bad(name, "has to be " + wanted(*field));
  }
  for (const auto& field : fields) {
    if (field.required && !body.contains(field.name)) return bad(field.name, "is missing");
  }
  return base::Done{};
}

}  // namespace

base::Result<Route> route(wire::Method method, std::string_view target) {
  const auto question = std::min(target.find('?'), target.size());
  const auto path = target.substr(0, question);
  if (!path.starts_with('/') || path.find('%') != std::string_view::npos) {
    return Error{Code::not_found, "There is nothing at this path.", "see schema/openapi.json for what there is"};
  }
  const auto parts = segments(path);
  bool known_path = false;
  for (const auto& operation : operations()) {
    if (!matches(segments(operation.path), parts)) continue;
    known_path = true;
    if (operation.method != method) continue;
    Route found{&operation, path_parameters(operation.path, parts)};
    X1_TRY(query, add_query(target.substr(std::min(question + 1, target.size())), found.parameters));
    return found;
  }
  if (known_path) return Error{Code::unsupported, "This path does not take this method.", "see schema/openapi.json"};
  return Error{Code::not_found, "There is nothing at this path.", "see schema/openapi.json for what there is"};
}

base::Status check(const Operation& operation, const std::vector<edge::Parameter>& parameters,
                   const wire::Value& body) {
  X1_TRY(parameters_fit, check_parameters(operation.parameters, parameters));
  if (!operation.has_body) {
    if (!body.is_null()) return Error{Code::invalid_request, "This operation takes no body.", "send none"};
    return base::Done{};
  }
  // No body is as good as an empty one.
  if (body.is_null()) return check_body(operation.body, {});
  const auto* members = body.object();
  if (members == nullptr) {
    return Error{Code::invalid_request, "This operation takes a JSON object.", "send one, as application/json"};
  }
  return check_body(operation.body, *members);
}

}  // namespace x1::seam
