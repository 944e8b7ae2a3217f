// Toolbox: what the agent can call. The tools of the operator's manifests, and the four that the platform has itself.
// Made once at the start; it never changes, whatever a provider says.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "policy/manifest.hpp"
#include "wire/value.hpp"

namespace x1::broker {

enum class Builtin { request_permission, emit_status, emit_artifact, ask_user };

// Points into the toolbox.
struct ProviderTool {
  const policy::Manifest* manifest = nullptr;
  const policy::Tool* tool = nullptr;
  const policy::Scope* scope = nullptr;
};

class Toolbox {
 public:
  // Fails with invalid_manifest when two tools have one name, a tool takes a name of the platform's own or one
  // without its domain before it, or a tool's scope is missing.
  [[nodiscard]] static base::Result<Toolbox> make(std::vector<policy::Manifest> manifests);

  [[nodiscard]] std::optional<ProviderTool> find(std::string_view name) const noexcept;
  [[nodiscard]] static std::optional<Builtin> builtin(std::string_view name) noexcept;

  // MCP tool objects (name, title, description, inputSchema), the platform's own first.
  [[nodiscard]] wire::Value listing() const;
  [[nodiscard]] const std::vector<policy::Manifest>& manifests() const noexcept { return manifests_; }

 private:
  explicit Toolbox(std::vector<policy::Manifest> manifests) : manifests_(std::move(manifests)) {}
  std::vector<policy::Manifest> manifests_;
};

// The four tools of the platform, as MCP tool objects.
[[nodiscard]] wire::Value::Array builtin_listing();

}  // namespace x1::broker
