#include "cli/context.hpp"

#include <algorithm>
#include <filesystem>
#include <ostream>

#include "os/file.hpp"
#include "policy/dialog.hpp"
#include "wire/json.hpp"

namespace x1::cli {

void Context::say(const wire::Value& value, const std::string& text) const {
  if (json) {
    out << wire::canonical_json(value) << std::endl;
  } else {
    out << text << std::flush;
  }
}

const wire::Value::Array& items_of(const wire::Value& list) {
  static const wire::Value::Array none;
  const auto* items = list.find("items");
  return items == nullptr || items->array() == nullptr ? none : *items->array();
}

std::string shown(const wire::Value& value, std::string_view name) {
  const auto* text = value.find_string(name);
  return text == nullptr ? std::string() : policy::visible(*text);
}

std::string explained(const base::Error& error) {
  return policy::visible(error.message) + (error.next.empty() ? "" : " " + policy::visible(error.next)) + " [" +
         std::string(base::to_string(error.code)) + "]";
}

std::string ending_with(std::string_view reason) {
  while (reason.ends_with('.') || reason.ends_with(' '))
    reason.remove_suffix(1);
  return policy::visible(reason) + ".";
}

base::Result<std::vector<policy::Manifest>> read_manifests(const std::string& state) {
  std::vector<policy::Manifest> manifests;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(state + "/manifests", failed)) {
    if (entry.path().extension() != ".json") continue;
    X1_TRY(text, os::read_file(entry.path().string()));
    X1_TRY(value, wire::parse_json(text));
    X1_TRY(manifest, policy::manifest_from(value));
    manifests.push_back(std::move(manifest));
  }
  // Without manifests a question still shows every request; only the titles of scopes are missing.
  return manifests;
}

}  // namespace x1::cli
