#include "broker/tools.hpp"

#include <doctest/doctest.h>

#include "policy/examples.hpp"

namespace x1::broker {
namespace {

namespace examples = policy::testing;

policy::Manifest with_tool(std::string name, std::string scope = "calendar.read") {
  auto manifest = examples::manifest();
  manifest.tools.front().name = std::move(name);
  manifest.tools.front().scope = std::move(scope);
  return manifest;
}

TEST_CASE("the agent sees the platform's four tools, then the providers'") {
  const auto toolbox = Toolbox::make({examples::manifest()});
  REQUIRE(toolbox.ok());
  const auto listing = toolbox->listing();
  REQUIRE(listing.array() != nullptr);
  std::vector<std::string> names;
  for (const auto& tool : *listing.array())
    names.push_back(*tool.find_string("name"));
  CHECK(names == std::vector<std::string>{"request_permission", "emit_status", "emit_artifact", "ask_user",
                                          "calendar_list_events", "calendar_create_event"});
  CHECK(toolbox->find("calendar_create_event")->scope->name == "calendar.write");
  CHECK_FALSE(toolbox->find("request_permission").has_value());
}

TEST_CASE("a provider can't take a name that is the platform's, another's, or not its own") {
  CHECK_FALSE(Toolbox::make({with_tool("request_permission")}).ok());
  CHECK_FALSE(Toolbox::make({with_tool("files_read")}).ok());
  CHECK_FALSE(Toolbox::make({with_tool("calendar_create_event")}).ok());
  CHECK_FALSE(Toolbox::make({with_tool("calendar_list_events", "files.read")}).ok());
  CHECK_FALSE(Toolbox::make({examples::manifest(), examples::manifest()}).ok());
}

}  // namespace
}  // namespace x1::broker
