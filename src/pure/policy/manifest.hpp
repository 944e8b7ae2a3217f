// Manifest: what an operator approved of one provider: its tools, the scopes, and for each scope the only methods and
// paths that it may reach. The sidecar believes this and never the provider. Read from YAML by manifest/read.hpp.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "crypto/digest.hpp"
#include "policy/assurance.hpp"
#include "wire/canonical_request.hpp"
#include "wire/http.hpp"
#include "wire/value.hpp"

namespace x1::policy {

// What one scope may send, below the path of the connection.
struct HttpRule {
  std::vector<wire::Method> methods;
  std::string path;  // "**": the connection's path and all below it; "*.ics": one segment ending so, right below it
  std::vector<std::string> reports = {};  // what a REPORT may be for: names of root elements, as of wire/xml_root.hpp
  bool operator==(const HttpRule&) const = default;
};

struct Scope {
  std::string name;   // "calendar.read": the domain, then what may be done
  std::string title;  // "Read your calendar", in the dialog
  bool side_effects = false;
  std::vector<HttpRule> http;
  Assurance assurance = Assurance::none;  // what a yes to it takes
  bool operator==(const Scope&) const = default;
};

struct Tool {
  std::string name;  // "calendar_list_events"
  std::string description;
  std::string scope;
  wire::Value input_schema;  // JSON Schema, the subset of policy/schema.hpp
  // A scope without side effects, whose requests may be made to plan a call; or empty.
  std::string reads = {};
  bool operator==(const Tool&) const = default;
};

struct Manifest {
  std::string domain;  // "calendar": one token, as in bus subjects
  std::string title;
  std::string version;
  std::string connection_kind;  // "caldav": the kind of connection whose credential its calls carry
  std::vector<Scope> scopes;
  std::vector<Tool> tools;
  bool operator==(const Manifest&) const = default;
};

[[nodiscard]] const Scope* find_scope(const Manifest& manifest, std::string_view name) noexcept;
[[nodiscard]] const Tool* find_tool(const Manifest& manifest, std::string_view name) noexcept;

// As one Value (what is handed to the broker, and digested), and back, strictly.
[[nodiscard]] wire::Value to_value(const Manifest& manifest);
[[nodiscard]] base::Result<Manifest> manifest_from(const wire::Value& value);
[[nodiscard]] crypto::Digest digest_of(const Manifest& manifest);

// Whether the scope lets this method and target pass, below `base_path` (the path of the connection's URL). Paths are
// compared byte by byte; whatever a server might read as another path (dot segments, "//", encoded '/', '\\', '.', '%'
// or control characters) and any query is refused.
[[nodiscard]] bool allows(const Scope& scope, wire::Method method, std::string_view target,
                          std::string_view base_path) noexcept;

// Whether the body asks for nothing but what the request's path says, or for what a rule names that allows method and
// path. A REPORT is what its root element says, and many kinds name other places inside of it. What a POST reaches is
// its server's own matter, so it is taken in all of an account and in no part of it.
[[nodiscard]] bool allows_body(const Scope& scope, const wire::PlannedRequest& wanted, std::string_view base_path,
                               bool in_part);

inline constexpr std::size_t max_part_bytes = 1024;
// Whether `part` is a part of the account whose URL has the path `base_path`: a path that ends with '/', below that one
// or the same, held to the same strictness as above. With such a part, it takes the place of the base path.
[[nodiscard]] bool is_part(std::string_view base_path, std::string_view part) noexcept;

}  // namespace x1::policy
