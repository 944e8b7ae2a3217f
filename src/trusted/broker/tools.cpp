#include "broker/tools.hpp"
#include "base/id.hpp"

#include <array>
#include <set>
#include <utility>

namespace x1::broker {
namespace {

using wire::Value;

constexpr std::array builtins{
    std::pair{std::string_view("request_permission"), Builtin::request_permission},
    std::pair{std::string_view("emit_status"), Builtin::emit_status},
    std::pair{std::string_view("emit_artifact"), Builtin::emit_artifact},
    std::pair{std::string_view("ask_user"), Builtin::ask_user},
};

base::Error refused(const std::string& tool, std::string_view why) {
  return base::Error{base::Code::invalid_manifest, "The tool " + tool + " " + std::string(why) + ".",
                     "Correct the manifest."};
}

// Every tool takes two more arguments: which of the person's accounts is meant, and which part of it.
Value with_connection(Value schema) {
  auto* object = schema.object();
  if (object == nullptr) return schema;
  auto& properties = (*object)["properties"];
  if (properties.object() == nullptr) properties = Value::Object{};
  properties.object()->try_emplace("connection",
                                   Value::Object{{"type", "string"},
                                                 {"maxLength", 64},
                                                 {"description",
                                                  "The id of the account to use, when the person has several. "
                                                  "Leave it out to use the one that the person chose, or the first."}});
  properties.object()->try_emplace("within",
                                   Value::Object{{"type", "string"},
                                                 {"maxLength", static_cast<std::int64_t>(policy::max_part_bytes)},
                                                 {"description",
                                                  "The path of one part of the account, as one calendar, ending with "
                                                  "'/'. Leave it out to use what the person allowed."}});
  return schema;
}

Value listed(const policy::Manifest& manifest, const policy::Tool& tool) {
  const auto* scope = policy::find_scope(manifest, tool.scope);
  std::string description = tool.description + " Needs the person's permission for " + tool.scope;
  if (scope != nullptr) description += " (" + scope->title + ")";
  description +=
      "; without it the answer is permission_required: then call request_permission with this tool's name "
      "and the same arguments, and repeat the call once it is granted.";
  return Value::Object{{"name", tool.name},
                       {"title", manifest.title + ": " + tool.name},
                       {"description", std::move(description)},
                       {"inputSchema", with_connection(tool.input_schema)},
                       {"annotations", Value::Object{{"readOnlyHint", scope != nullptr && !scope->side_effects}}}};
}

}  // namespace

base::Result<Toolbox> Toolbox::make(std::vector<policy::Manifest> manifests) {
  std::set<std::string, std::less<>> names;
  std::set<std::string, std::less<>> domains;
  for (const auto& manifest : manifests) {
    if (!base::is_id_text(manifest.domain) || !domains.insert(manifest.domain).second) {
      return base::Error{base::Code::invalid_manifest, "Two manifests are of the domain " + manifest.domain + ".", ""};
    }
    for (const auto& tool : manifest.tools) {
      if (builtin(tool.name)) return refused(tool.name, "has the name of one of the platform's own");
      if (!tool.name.starts_with(manifest.domain + "_")) return refused(tool.name, "lacks its domain before its name");
      if (!names.insert(tool.name).second) return refused(tool.name, "is there twice");
      if (policy::find_scope(manifest, tool.scope) == nullptr) return refused(tool.name, "needs an unknown scope");
    }
  }
  return Toolbox(std::move(manifests));
}

std::optional<ProviderTool> Toolbox::find(std::string_view name) const noexcept {
  for (const auto& manifest : manifests_) {
    if (const auto* tool = policy::find_tool(manifest, name)) {
      return ProviderTool{&manifest, tool, policy::find_scope(manifest, tool->scope)};
    }
  }
  return std::nullopt;
}

std::optional<Builtin> Toolbox::builtin(std::string_view name) noexcept {
  for (const auto& [text, which] : builtins) {
    if (text == name) return which;
  }
  return std::nullopt;
}

Value Toolbox::listing() const {
  auto tools = builtin_listing();
  for (const auto& manifest : manifests_) {
    for (const auto& tool : manifest.tools)
      tools.push_back(listed(manifest, tool));
  }
  return Value(std::move(tools));
}

}  // namespace x1::broker
