#include "policy/manifest.hpp"

#include <algorithm>

#include "policy/manifest_check.hpp"
#include "wire/json.hpp"

namespace x1::policy {

using wire::Value;

const Scope* find_scope(const Manifest& manifest, std::string_view name) noexcept {
  const auto found = std::ranges::find(manifest.scopes, name, &Scope::name);
  return found == manifest.scopes.end() ? nullptr : &*found;
}

const Tool* find_tool(const Manifest& manifest, std::string_view name) noexcept {
  const auto found = std::ranges::find(manifest.tools, name, &Tool::name);
  return found == manifest.tools.end() ? nullptr : &*found;
}

Value to_value(const Manifest& manifest) {
  Value::Array scopes;
  for (const Scope& scope : manifest.scopes) {
    Value::Array rules;
    for (const HttpRule& rule : scope.http) {
      Value::Array methods;
      for (const auto method : rule.methods)
        methods.emplace_back(wire::to_string(method));
      Value::Object members{{"methods", std::move(methods)}, {"path", rule.path}};
      if (!rule.reports.empty()) members.emplace("reports", Value::Array(rule.reports.begin(), rule.reports.end()));
      rules.emplace_back(std::move(members));
    }
    Value::Object object{
        {"name", scope.name}, {"title", scope.title}, {"side_effects", scope.side_effects}, {"http", std::move(rules)}};
    if (scope.assurance != Assurance::none) object.emplace("assurance", to_string(scope.assurance));
    scopes.emplace_back(std::move(object));
  }
  Value::Array tools;
  for (const Tool& tool : manifest.tools) {
    Value::Object members{
        {"name", tool.name}, {"description", tool.description}, {"scope", tool.scope}, {"input", tool.input_schema}};
    if (!tool.reads.empty()) members.emplace("reads", tool.reads);
    tools.emplace_back(std::move(members));
  }
  return Value::Object{
      {"domain", manifest.domain},   {"title", manifest.title},
      {"version", manifest.version}, {"connection", manifest.connection_kind},
      {"scopes", std::move(scopes)}, {"tools", std::move(tools)},
  };
}

base::Result<Manifest> manifest_from(const Value& value) {
  auto outcome = check_manifest(value);
  if (auto* manifest = std::get_if<Manifest>(&outcome)) return std::move(*manifest);
  const auto& problem = std::get<ManifestProblem>(outcome);
  const std::string subject = problem.where.empty() ? "The manifest" : "In the manifest, '" + problem.where + "'";
  return base::Error{base::Code::invalid_manifest, subject + " " + problem.why + ".", "See schema/manifest.md."};
}

crypto::Digest digest_of(const Manifest& manifest) { return crypto::sha256(wire::canonical_json(to_value(manifest))); }

}  // namespace x1::policy
