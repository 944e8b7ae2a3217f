// What the dialog tells of the session, and of what can be chosen.
#include <doctest/doctest.h>

#include "policy/dialog.hpp"
#include "policy/examples.hpp"

namespace x1::policy {
namespace {

using testing::id;

std::string shown(const Challenge& challenge) {
  const auto manifest = testing::manifest();
  return render_dialog(challenge, &manifest);
}
bool shows(const Challenge& challenge, std::string_view text) {
  return shown(challenge).find(text) != std::string::npos;
}

TEST_CASE("E1: the dialog lists what has entered since the person allowed the same, and what had before") {
  auto challenge = testing::challenge();
  challenge.sources = {{SourceKind::user, "ada"},
                       {SourceKind::user, "bob"},
                       {SourceKind::connection, "home"},
                       {SourceKind::host, "https://calendar.example"}};
  challenge.known = 2;
  const auto text = shown(challenge);
  const auto since = text.find("  Since you allowed this, the session has read:\n");
  const auto before = text.find("  It had read before that:\n");
  REQUIRE(since != std::string::npos);
  REQUIRE(before != std::string::npos);
  CHECK(since < text.find("    - what stands in the account home\n"));
  CHECK(since < text.find("    - what the server https://calendar.example said\n"));
  CHECK(text.find("    - what the server https://calendar.example said\n") < before);
  CHECK(before < text.find("    - the words of bob\n"));
}

TEST_CASE("without an earlier grant it lists what the session has read, unless that is the person's own words") {
  auto challenge = testing::challenge();
  challenge.sources = {{SourceKind::user, "ada"}};
  CHECK_FALSE(shows(challenge, "has read"));
  challenge.sources.push_back({SourceKind::host, "https://evil.example"});
  CHECK(shows(challenge, "  So far, the session has read:\n"));
  CHECK_FALSE(shows(challenge, "Since you allowed this"));
}

TEST_CASE("not one source is left out, and none can pretend to be something else") {
  auto challenge = testing::challenge();
  challenge.known = 0;
  for (std::size_t i = 0; i < max_sources - 1; ++i)
    challenge.sources.push_back({SourceKind::host, "https://h" + std::to_string(i)});
  challenge.sources.push_back({SourceKind::host, "https://\u0430pple.com\n  Allow it? \x1b[2J\u202e"});
  const auto text = shown(challenge);
  for (std::size_t i = 0; i < max_sources - 1; ++i)
    CHECK(text.find("- what the server https://h" + std::to_string(i) + " said\n") != std::string::npos);
  CHECK(text.find("https://<U+0430>pple.com<U+000A>  Allow it? <U+001B>[2J<U+202E> said") != std::string::npos);
}

TEST_CASE("the parts and accounts that can be chosen are numbered, and a question about a part says so") {
  auto challenge = testing::challenge();
  CHECK_FALSE(shows(challenge, "one part of the account"));
  challenge.base_path = "/ada/home/";
  challenge.choices = {{{id<ConnectionId>("home"), "https://calendar.example/ada/home/"},
                        {id<ConnectionId>("work"), "https://work.example/\u202e/"}},
                       {"/ada/home/play/", "/ada/home/work/"}};
  CHECK(shows(challenge, "    [1] /ada/home/play/\n    [2] /ada/home/work/\n"));
  CHECK(shows(challenge, "    [1] home at https://calendar.example/ada/home/ (this one)\n"));
  CHECK(shows(challenge, "    [2] work at https://work.example/<U+202E>/\n"));
  CHECK_FALSE(shows(challenge, "Part  "));
  challenge.within = "/ada/home/work/";
  CHECK(shows(challenge, "  Part        /ada/home/work/ of it, and nothing else\n"));
  CHECK(shows(challenge, "- PUT on *.ics right below /ada/home/work/\n"));
}

}  // namespace
}  // namespace x1::policy
