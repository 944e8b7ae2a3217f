#include "launch/workspace.hpp"

#include <algorithm>
#include <array>

namespace x1::launch {
namespace {

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// A file of this name, wherever it lies.
constexpr std::array<std::string_view, 40> names{
    ".envrc",      ".env",           ".git",           ".gitconfig",   ".gitattributes", ".gitmodules",
    ".lfsconfig",  ".bashrc",        ".bash_profile",  ".bash_login",  ".bash_logout",   ".profile",
    ".zshrc",      ".zshenv",        ".zprofile",      ".zlogin",      ".vimrc",         ".exrc",
    ".nvimrc",     ".editorconfig",  ".gdbinit",       ".lldbinit",    ".npmrc",         ".yarnrc",
    ".yarnrc.yml", ".pnpmfile.cjs",  "package.json",   "makefile",     "gnumakefile",    "cmakelists.txt",
    "setup.py",    "conftest.py",    "build.rs",       "build.gradle", "pyproject.toml", ".pre-commit-config.yaml",
    ".mcp.json",   ".tool-versions", ".gitlab-ci.yml", "justfile"};

// Anything below a folder of this name, wherever it lies.
constexpr std::array<std::string_view, 18> folders{
    ".git",    ".vscode", ".idea",   ".husky",       ".githooks", ".github", ".circleci", ".devcontainer", ".cargo",
    ".cursor", ".claude", ".direnv", "node_modules", ".venv",     ".config", ".local",    ".ssh",          "hooks"};

constexpr std::array<std::string_view, 6> endings{".code-workspace", ".desktop", ".pth", ".service", ".timer", ".el"};

}  // namespace

std::string_view to_string(ChangeKind kind) noexcept {
  switch (kind) {
    case ChangeKind::added: return "added";
    case ChangeKind::modified: return "modified";
    case ChangeKind::deleted: return "deleted";
    case ChangeKind::refused: return "refused";
  }
  return "refused";
}

bool runs_by_itself(std::string_view path) noexcept {
  const auto text = lowered(path);
  std::string_view rest = text;
  for (auto slash = rest.find('/'); slash != std::string_view::npos; slash = rest.find('/')) {
    if (std::ranges::find(folders, rest.substr(0, slash)) != folders.end()) return true;
    rest.remove_prefix(slash + 1);
  }
  if (std::ranges::find(names, rest) != names.end()) return true;
  return std::ranges::any_of(endings, [&](std::string_view ending) { return rest.ends_with(ending); });
}

}  // namespace x1::launch
