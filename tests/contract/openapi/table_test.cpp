// schema/openapi.json and the table of operations that edge and API work by say the same.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "contract/openapi/schema.hpp"
#include "seam/operations.hpp"

namespace x1::contract {
namespace {

using seam::Field;
using seam::FieldType;
using wire::Value;

const Value* declared_body(const DeclaredOperation& operation) {
  const auto* body = operation.value->find("requestBody");
  return body == nullptr ? nullptr : body->find("content")->find("application/json")->find("schema");
}

std::int64_t integer(const Value& schema, std::string_view name) {
  const auto* number = schema.find_integer(name);
  return number == nullptr ? -1 : *number;
}

std::string text(const Value& schema, std::string_view name) {
  const auto* found = schema.find_string(name);
  return found == nullptr ? "" : *found;
}

// Whether the declared schema means exactly this field.
void check_field(const Field& field, const Value& schema) {
  CAPTURE(field.name);
  const auto limit = static_cast<std::int64_t>(field.limit);
  switch (field.type) {
    case FieldType::id: CHECK(text(schema, "pattern") == "^[a-z0-9_-]{1,64}$"); break;
    case FieldType::number:
      CHECK(text(schema, "type") == "integer");
      CHECK(integer(schema, "minimum") == 0);
      break;
    case FieldType::text: {
      CHECK(text(schema, "type") == "string");
      CHECK(integer(schema, "maxLength") == limit);
      const auto* words = schema.find("enum");
      REQUIRE((words != nullptr) == !field.choices.empty());
      if (words == nullptr) break;
      REQUIRE(words->array()->size() == field.choices.size());
      for (std::size_t i = 0; i < field.choices.size(); ++i)
        CHECK(*(*words->array())[i].string() == field.choices[i]);
      break;
    }
    case FieldType::digest: CHECK(text(schema, "pattern") == "^[0-9a-f]{64}$"); break;
    case FieldType::time: CHECK(text(schema, "pattern").starts_with("^[0-9]{4}-")); break;
    case FieldType::base64:
      CHECK(text(schema, "contentEncoding") == "base64");
      CHECK(integer(schema, "maxLength") == limit);
      break;
    case FieldType::boolean: CHECK(text(schema, "type") == "boolean"); break;
    case FieldType::texts:
      CHECK(text(schema, "type") == "array");
      CHECK(integer(schema, "maxItems") == static_cast<std::int64_t>(seam::max_items));
      CHECK(integer(*schema.find("items"), "maxLength") == limit);
      break;
  }
}

void check_parameters(const seam::Operation& operation, const DeclaredOperation& declared) {
  const auto* list = declared.value->find("parameters");
  const std::size_t count = list == nullptr ? 0 : list->array()->size();
  REQUIRE(count == operation.parameters.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto& parameter = (*list->array())[i];
    const auto& field = operation.parameters[i];
    CHECK(text(parameter, "name") == field.name);
    CHECK(*parameter.find("required")->boolean() == field.required);
    CHECK((text(parameter, "in") == "path") == field.required);
    check_field(field, *parameter.find("schema"));
  }
}

void check_body(const seam::Operation& operation, const DeclaredOperation& declared) {
  const auto* body = declared_body(declared);
  REQUIRE((body != nullptr) == operation.has_body);
  if (body == nullptr) return;
  CHECK_FALSE(*body->find("additionalProperties")->boolean());
  CHECK(body->find("properties")->object()->size() == operation.body.size());
  std::size_t required = 0;
  for (const auto& field : operation.body) {
    const auto* schema = body->find("properties")->find(field.name);
    REQUIRE_MESSAGE(schema != nullptr, field.name);
    check_field(field, *schema);
    required += field.required ? 1 : 0;
    const auto& names = *body->find("required")->array();
    CHECK((std::ranges::find(names, Value(field.name)) != names.end()) == field.required);
  }
  CHECK(body->find("required")->array()->size() == required);
}

void check_statuses(const seam::Operation& operation, const DeclaredOperation& declared) {
  std::set<std::string> expected{"default", std::to_string(operation.success)};
  for (const auto status : operation.refusals)
    expected.insert(std::to_string(status));
  std::set<std::string> found;
  for (const auto& [status, response] : *declared.value->find("responses")->object())
    found.insert(status);
  CHECK(found == expected);
}

}  // namespace

TEST_CASE("the interface that is described is the one that edge and API work by") {
  const OpenApi openapi;
  CHECK(openapi.operations().size() == seam::operations().size());
  for (const auto& operation : seam::operations()) {
    CAPTURE(operation.id);
    const auto& declared = openapi.operation(operation.id);
    CHECK(declared.path == operation.path);
    CHECK(declared.method == wire::to_string(operation.method));
    CHECK(declared.value->find("security")->array()->empty() == (operation.access == seam::Access::anyone));
    CHECK((declared.value->find("x-owner-only") != nullptr) == (operation.access == seam::Access::owner));
    check_parameters(operation, declared);
    check_body(operation, declared);
    check_statuses(operation, declared);
  }
}

}  // namespace x1::contract
