// Completion: a script for a shell, made from the command line's own description, so that it can't say anything else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace x1::cli {

struct CommandTree {
  std::string name;
  std::string help;                  // one line
  std::vector<std::string> options;  // "--json"
  std::vector<CommandTree> commands;
};

// For "bash", "zsh" or "fish"; every name in it is one word of a-z, 0-9, '-'.
[[nodiscard]] std::string completion_script(const CommandTree& tree, std::string_view shell);

}  // namespace x1::cli
