// Operations: the REST interface as one table. edge routes and checks requests by it, the API checks once more what
// edge says by the same functions, and tests/contract/openapi compares it with schema/openapi.json, both ways.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "seam/edge.hpp"
#include "wire/http.hpp"
#include "wire/value.hpp"

namespace x1::seam {

enum class FieldType {
  id,      // base::Id
  number,  // a whole number from 0
  text,    // UTF-8 of at most `limit` bytes, no NUL
  digest,  // 64 characters of lower-case hex
  time,    // RFC 3339 in UTC with milliseconds
  base64,  // RFC 4648 with padding, at most `limit` characters
  boolean,
  texts,  // at most 64 texts of at most `limit` bytes each
};

// A member of a body, or a parameter.
struct Field {
  std::string_view name;
  FieldType type = FieldType::text;
  bool required = true;
  std::size_t limit = 0;
  std::span<const std::string_view> choices = {};  // of a text; empty: any
};

enum class Access {
  anyone,  // no login needed
  person,  // somebody who is logged in
  owner,   // the one who runs the platform
};

struct Operation {
  std::string_view id;  // operationId
  wire::Method method = wire::Method::get;
  std::string_view path;  // "/api/v1/sessions/{session}": a segment in braces is a parameter
  Access access = Access::person;
  std::uint16_t success = 200;
  std::span<const Field> parameters = {};  // those of the path, in its order, then those of the query
  std::span<const Field> body = {};
  bool has_body = false;
  bool stream = false;                           // answers with server-sent events
  std::span<const std::uint16_t> refusals = {};  // besides those that every operation may answer with
  [[nodiscard]] bool writes() const noexcept { return method != wire::Method::get; }
};

inline constexpr std::size_t max_items = 64;
inline constexpr std::size_t max_request_body = 256 * 1024;

[[nodiscard]] std::span<const Operation> operations() noexcept;
[[nodiscard]] const Operation* find_operation(std::string_view id) noexcept;
// What any operation may answer with besides its own refusals (edge's own errors included).
[[nodiscard]] std::span<const std::uint16_t> common_refusals() noexcept;

struct Route {
  const Operation* operation = nullptr;
  std::vector<edge::Parameter> parameters;
};
// The operation of a method and an origin-form target, its parameters still unchecked. Fails with not_found (no such
// path), unsupported (another method) or invalid_request (unknown, repeated or encoded query).
[[nodiscard]] base::Result<Route> route(wire::Method method, std::string_view target);

// Whether parameters and body are what the operation takes. Fails with invalid_request, naming the field.
[[nodiscard]] base::Status check(const Operation& operation, const std::vector<edge::Parameter>& parameters,
                                 const wire::Value& body);

// The HTTP status that goes with an error.
[[nodiscard]] std::uint16_t status_of(base::Code code) noexcept;
// The one form of an error: {"code", "message", "next"}.
[[nodiscard]] wire::Value error_body(const base::Error& error);

}  // namespace x1::seam
