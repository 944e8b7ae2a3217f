// What a shell is told to offer. tests/e2e/people.py has real shells offer it.
#include "cli/completion.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <sstream>

#include "cli/commands.hpp"
#include "cli/exit_status.hpp"

namespace x1::cli {
namespace {

CommandTree tree() {
  return {"x1",
          "",
          {{"--json", ""}, {"--state", "file"}},
          {{"chat", "It's talk", {{"--session", "session"}, {"--until", "text"}}, {}, "text"},
           {"leave", "Go", {}, {}, "session"},
           {"audit", "Rows", {}, {{"show", "Story", {{"--raw", ""}}, {}, "file"}}, ""}},
          ""};
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a completion script names every command and option of the tree, below its own command") {
  const auto bash = completion_script(tree(), "bash");
  CHECK(has(bash, "\"\") choices=\"chat leave audit --json --state\" values=\"--state=file\" argument=\"\" ;;"));
  CHECK(has(bash,
            "\"chat\") choices=\"--session --until --json --state\" "
            "values=\"--session=session --until=text --state=file\" argument=\"\" ;;"));
  CHECK(has(bash, "\"leave\") choices=\"--json --state\" values=\"--state=file\" argument=\"session\" ;;"));
  CHECK(has(bash, "\"audit show\") choices=\"--raw --json --state\" values=\"--state=file\" argument=\"file\" ;;"));
  CHECK(has(completion_script(tree(), "zsh"), bash));
}

TEST_CASE("in fish, files are taken away only where a command or a value is none") {
  const auto fish = completion_script(tree(), "fish");
  CHECK(has(fish, "-n '__x1_at \"\"' -a chat -d 'It\\'s talk'"));
  CHECK(has(fish, "-n '__x1_at \"audit show\"' -l raw\n"));
  CHECK_FALSE(has(fish, "complete -c x1 -f"));
  CHECK(has(fish, "-n '__x1_at \"leave\"' -f\n"));
  CHECK_FALSE(has(fish, "-n '__x1_at \"audit show\"' -f\n"));
  CHECK(has(fish, "complete -c x1 -l state -r -F\n"));
  CHECK(has(fish, "-l session -r -f -a '(x1 candidates session -- "));
  CHECK(has(fish, "-l until -r -f\n"));
}

TEST_CASE("the script of x1 itself knows what its values are, and not the command that it asks for ids") {
  std::ostringstream out;
  std::ostringstream err;
  CHECK(main_with({"completion", "bash"}, out, err) == exit_ok);
  const auto bash = out.str();
  for (const auto* part : {"--revoke=grant", "--lift=denied", "--user=person", "--remove=connection", "--remove=person",
                           "--end=session", "--workspace=file", "--state=file", "--ca=file", "--platform=file",
                           "--until=text", "--connection=connection"}) {
    CAPTURE(part);
    CHECK(has(bash, part));
  }
  CHECK(has(bash, "argument=\"question\""));
  CHECK_FALSE(has(bash, "--json="));
  CHECK_FALSE(has(bash, "--once="));
  CHECK_FALSE(has(bash, "\"candidates\""));
}

TEST_CASE("where no platform runs no id is offered, and nothing is said of it") {
  const auto nowhere = (std::filesystem::temp_directory_path() / "x1-nowhere").string();
  for (const auto* kind : {"session", "question", "grant", "denied", "person", "connection", "what"}) {
    std::ostringstream out;
    std::ostringstream err;
    CHECK(main_with({"candidates", kind, "--", "x1", "--state", nowhere}, out, err) == exit_ok);
    CHECK(out.str().empty());
    CHECK(err.str().empty());
  }
}

}  // namespace x1::cli
