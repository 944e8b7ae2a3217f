// Reads a manifest from a Value and says where it is wrong, so that the reader of YAML can name the line.
#pragma once

#include <string>
#include <variant>

#include "policy/manifest.hpp"

namespace x1::policy {

struct ManifestProblem {
  std::string where;  // the member, from the top: "scopes/1/http/0/path"; "" for the whole
  std::string why;    // "is not …": goes on where the member's name ends
};

[[nodiscard]] std::variant<Manifest, ManifestProblem> check_manifest(const wire::Value& value);

}  // namespace x1::policy
