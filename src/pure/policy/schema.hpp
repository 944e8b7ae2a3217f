// The subset of JSON Schema that a manifest may use for the arguments of a tool, and the check of arguments by it.
//
// The schema is an object: {type: "object", properties: {…}, required: […], additionalProperties: false}; each property
// is one of
//   string   maxLength (bytes of UTF-8; 4096 when not given), enum, format "date-time" (RFC 3339)
//   integer  minimum, maximum
//   boolean
//   array    items (a string as above), maxItems (100 when not given)
// and may carry a description. Nothing else is understood, and what is not understood is refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "wire/value.hpp"

namespace x1::policy {

struct SchemaProblem {
  std::string where;  // "properties/start/maxLength", "" for the whole
  std::string why;    // "is not a positive number"
};
// What is wrong with a schema itself, if anything.
[[nodiscard]] std::optional<SchemaProblem> check_schema(const wire::Value& schema);

// Whether the arguments of a call fit. Fails with invalid_request, naming the member. A schema that check_schema
// refuses lets nothing pass.
[[nodiscard]] base::Status check_arguments(const wire::Value& schema, const wire::Value& arguments);

// RFC 3339, section 5.6, with 'T' and 'Z' in upper case.
[[nodiscard]] bool is_date_time(std::string_view text) noexcept;

}  // namespace x1::policy
