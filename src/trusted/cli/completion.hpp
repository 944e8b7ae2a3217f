// Completion: a script for a shell, made from the command line's own description, so that it can't say anything else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace x1::cli {

// What a value is: "" there is none, "file" or "text"; else a kind of id, for which the script asks `x1 candidates
// KIND`.
struct CommandOption {
  std::string name;   // "--json"
  std::string value;  // what follows it
};
struct CommandTree {
  std::string name;
  std::string help;  // one line
  std::vector<CommandOption> options;
  std::vector<CommandTree> commands;
  std::string argument;  // what its own first argument is
};

// For "bash", "zsh" or "fish"; every name and value in it is one word of a-z, 0-9, '-'.
[[nodiscard]] std::string completion_script(const CommandTree& tree, std::string_view shell);

}  // namespace x1::cli
