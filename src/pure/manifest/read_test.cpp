#include "manifest/read.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "wire/schema_examples.hpp"

namespace x1::manifest {
namespace {

std::string calendar_yaml() {
  std::ifstream file(X1_SOURCE_DIR "/src/untrusted/providers/calendar/manifest.yaml");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// A small manifest, so that lines can be counted.
constexpr std::string_view small = R"(domain: notes
title: Notes
version: "1"
connection: webdav
scopes:
  - name: notes.read
    title: Read your notes
    side_effects: false
    http:
      - methods: [GET]
        path: "**"
tools:
  - name: notes_list
    description: Lists the notes.
    scope: notes.read
    input: {type: object, properties: {}, additionalProperties: false}
)";

std::string message_of(const std::string& yaml) {
  const auto manifest = read(yaml);
  REQUIRE_FALSE(manifest.ok());
  CHECK(manifest.error().code == base::Code::invalid_manifest);
  return manifest.error().message;
}

TEST_CASE("the calendar's manifest is read whole") {
  const auto manifest = read(calendar_yaml());
  REQUIRE_MESSAGE(manifest.ok(), (manifest.ok() ? "" : manifest.error().message));
  CHECK(manifest->domain == "calendar");
  CHECK(manifest->connection_kind == "caldav");
  REQUIRE(manifest->scopes.size() == 3);
  CHECK_FALSE(manifest->scopes[0].side_effects);
  CHECK(manifest->scopes[0].http[0].reports ==
        std::vector<std::string>{"{urn:ietf:params:xml:ns:caldav}calendar-query"});
  CHECK(manifest->scopes[1].side_effects);
  CHECK(manifest->scopes[1].http[0].methods == std::vector{wire::Method::put});
  CHECK(manifest->scopes[1].http[0].path == "*.ics");
  REQUIRE(manifest->tools.size() == 6);
  CHECK(policy::find_tool(*manifest, "calendar_create_event")->scope == "calendar.write");
  CHECK(policy::find_tool(*manifest, "calendar_create_event")->reads.empty());
  CHECK(policy::find_tool(*manifest, "calendar_delete_event")->scope == "calendar.delete");
  CHECK(policy::find_tool(*manifest, "calendar_delete_event")->reads == "calendar.read");
}

TEST_CASE("the example of schema/manifest.md is read whole") {
  const auto examples = wire::testing::schema_examples("manifest.md", "yaml");
  REQUIRE(examples.size() == 1);
  const auto manifest = read(examples[0]);
  REQUIRE_MESSAGE(manifest.ok(), (manifest.ok() ? "" : manifest.error().message));
  CHECK(manifest->scopes.size() == 2);
  CHECK(manifest->tools.size() == 2);
  CHECK(policy::manifest_from(policy::to_value(*manifest)).value() == *manifest);
}

TEST_CASE("what was read comes back from its own Value") {
  const auto manifest = read(calendar_yaml());
  REQUIRE(manifest.ok());
  const auto again = policy::manifest_from(policy::to_value(*manifest));
  REQUIRE(again.ok());
  CHECK(*again == *manifest);
  CHECK(policy::digest_of(*again) == policy::digest_of(*manifest));
}

TEST_CASE("the small manifest is good as it stands") { CHECK(read(small).ok()); }

TEST_CASE("an unknown key is an error that names the line and the key") {
  const auto message = message_of(replaced(std::string(small), "    side_effects: false", "    side_efects: false"));
  CHECK(message.find("Line 8:") != std::string::npos);
  CHECK(message.find("side_efects") != std::string::npos);
}

TEST_CASE("a repeated key is an error that names the line") {
  const auto message = message_of(replaced(std::string(small), "connection: webdav", "title: Other"));
  CHECK(message.find("Line 4:") != std::string::npos);
  CHECK(message.find("twice") != std::string::npos);
}

TEST_CASE("a missing key is named, with the line of the mapping that lacks it") {
  const auto message = message_of(replaced(std::string(small), "    title: Read your notes\n", ""));
  CHECK(message.find("Line 6:") != std::string::npos);
  CHECK(message.find("has no 'title'") != std::string::npos);
}

TEST_CASE("a scope that does not exist is named, with its line") {
  const auto message = message_of(replaced(std::string(small), "scope: notes.read", "scope: notes.write"));
  CHECK(message.find("Line 15:") != std::string::npos);
}

TEST_CASE("a scope without side effects may not have a method that changes things") {
  const auto message = message_of(replaced(std::string(small), "[GET]", "[GET, PUT]"));
  CHECK(message.find("Line 10:") != std::string::npos);
  CHECK(message.find("side_effects") != std::string::npos);
}

TEST_CASE("a REPORT without the root elements that it may have is an error that names the line of its rule") {
  const auto message = message_of(replaced(std::string(small), "[GET]", "[GET, REPORT]"));
  CHECK(message.find("Line 10:") != std::string::npos);
  CHECK(message.find("has no 'reports'") != std::string::npos);
  const auto named =
      replaced(std::string(small), "[GET]", "[GET, REPORT]\n        reports: [\"{DAV:}sync-collection\"]");
  const auto manifest = read(named);
  REQUIRE(manifest.ok());
  CHECK(manifest->scopes[0].http[0].reports == std::vector<std::string>{"{DAV:}sync-collection"});
  CHECK(message_of(replaced(named, "{DAV:}sync-collection", "sync-collection")).find("Line 11:") != std::string::npos);
}

TEST_CASE("texts are not guessed to be something else, nor the other way round") {
  CHECK(message_of(replaced(std::string(small), "side_effects: false", "side_effects: no")).find("Line 8:") !=
        std::string::npos);
  CHECK(message_of(replaced(std::string(small), "side_effects: false", "side_effects: \"false\"")).find("Line 8:") !=
        std::string::npos);
  CHECK(message_of(replaced(std::string(small), "version: \"1\"", "version: 1")).find("Line 3:") != std::string::npos);
}

TEST_CASE("what YAML can do beyond plain data is refused") {
  const std::string text(small);
  CHECK(message_of(replaced(text, "title: Notes", "title: &a Notes")).find("anchors") != std::string::npos);
  CHECK(message_of(replaced(replaced(text, "title: Notes", "title: &a Notes"), "webdav", "*a")).find("Line 2") !=
        std::string::npos);
  CHECK(message_of(replaced(text, "title: Notes", "title: !!str Notes")).find("tags") != std::string::npos);
  CHECK(message_of(replaced(text, "title: Notes", "title:")).find("empty") != std::string::npos);
  CHECK(message_of(text + "---\na: b\n").find("two documents") != std::string::npos);
  CHECK(message_of(replaced(text, "title: Notes", "? [a, b]\n: c")).find("Line 2") != std::string::npos);
}

TEST_CASE("what is not YAML or not text is refused") {
  CHECK(message_of("").find("empty") != std::string::npos);
  CHECK(message_of("a: [").find("not YAML") != std::string::npos);
  CHECK(message_of("a:\tb\n").find("plain UTF-8") != std::string::npos);
  CHECK(message_of("\xff\xfe"
                   "a")
            .find("plain UTF-8") != std::string::npos);
  CHECK(message_of("just a text").find("mapping") != std::string::npos);
  CHECK(message_of(std::string(40, '[') + std::string(40, ']')).find("deep") != std::string::npos);
  const auto large = read(std::string(70'000, '#'));
  REQUIRE_FALSE(large.ok());
  CHECK(large.error().code == base::Code::too_large);
}

}  // namespace
}  // namespace x1::manifest
