#include "launch/workspace.hpp"

#include <doctest/doctest.h>

#include "launch/beneath.hpp"
#include "launch/shared_folder.hpp"

namespace x1::launch {

TEST_CASE("files that some tool runs unasked are named, wherever they lie and however they are written") {
  for (const auto* path : {".git/hooks/pre-commit",
                           ".git/config",
                           "sub/.git/HEAD",
                           ".GIT/hooks/x",
                           ".envrc",
                           "a/.envrc",
                           ".vscode/tasks.json",
                           ".idea/workspace.xml",
                           "package.json",
                           "web/Package.JSON",
                           "Makefile",
                           ".github/workflows/ci.yml",
                           ".husky/pre-push",
                           ".bashrc",
                           "conftest.py",
                           "x/y.pth",
                           "node_modules/left/index.js",
                           ".mcp.json",
                           ".claude/settings.json",
                           ".gitattributes",
                           "menu.desktop"})
    CHECK_MESSAGE(runs_by_itself(path), path);
}

TEST_CASE("ordinary files are not called out") {
  for (const auto* path :
       {"README.md", "src/main.cpp", "gitty/hook.txt", "notes.git.md", "package.json.bak", "envrc", ""})
    CHECK_MESSAGE(!runs_by_itself(path), path);
}

TEST_CASE("a path of a change is relative and goes nowhere but down") {
  for (const auto* path : {"a", "a/b.txt", "...", ".hidden", "a b"})
    CHECK_MESSAGE(is_plain_path(path), path);
  for (const auto* path : {"", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a/.."})
    CHECK_MESSAGE(!is_plain_path(path), path);
  CHECK_FALSE(is_plain_path(std::string("a\0b", 3)));
  CHECK_FALSE(is_plain_path(std::string(5000, 'a')));
}

TEST_CASE("neither the root nor anything around the state can be an agent's workspace") {
  CHECK(may_share("/home/ada/project", "/home/ada/.local/state/x1agent").ok());
  CHECK(may_share("/home/ada/.local/state/x1agent2", "/home/ada/.local/state/x1agent").ok());
  for (const auto* folder :
       {"/", "/home/ada", "/home/ada/.local/state/x1agent", "/home/ada/.local/state/x1agent/sessions"})
    CHECK_FALSE(may_share(folder, "/home/ada/.local/state/x1agent").ok());
}

}  // namespace x1::launch
