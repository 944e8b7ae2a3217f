#include "cli/completion.hpp"

#include <algorithm>

namespace x1::cli {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words)
    text += (text.empty() ? "" : " ") + word;
  return text;
}

// What may come after the command: its own options, those of the whole program, and its commands.
std::string words_after(const CommandTree& command, const CommandTree& root) {
  std::vector<std::string> words;
  for (const auto& sub : command.commands)
    words.push_back(sub.name);
  words.insert(words.end(), command.options.begin(), command.options.end());
  for (const auto& option : root.options) {
    if (std::ranges::find(words, option) == words.end()) words.push_back(option);
  }
  return joined(words);
}

// One branch of a `case` for each command, by its path: "", "chat", "audit", "audit show".
std::string branches(const CommandTree& command, const std::string& path, const CommandTree& root) {
  auto text = "    \"" + path + "\") choices=\"" + words_after(command, root) + "\" ;;\n";
  for (const auto& sub : command.commands)
    text += branches(sub, path.empty() ? sub.name : path + " " + sub.name, root);
  return text;
}

std::string paths(const CommandTree& command, const std::string& path) {
  std::string text;
  for (const auto& sub : command.commands) {
    const auto below = path.empty() ? sub.name : path + " " + sub.name;
    text += (text.empty() ? "" : "|") + std::string("\"") + below + "\"";
    if (const auto more = paths(sub, below); !more.empty()) text += "|" + more;
  }
  return text;
}

// The command so far is the longest path of words that are commands; after `--` the words are somebody else's.
std::string bash_script(const CommandTree& root) {
  return "_x1() {\n"
         "  local so_far=\"\" next choices=\"\" i\n"
         "  COMPREPLY=()\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    [[ ${COMP_WORDS[i]} == -- ]] && return\n"
         "    next=\"${so_far:+$so_far }${COMP_WORDS[i]}\"\n"
         "    case \"$next\" in " +
         paths(root, "") +
         ") so_far=$next ;; esac\n"
         "  done\n"
         "  case \"$so_far\" in\n" +
         branches(root, "", root) +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$choices\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
         "}\n"
         "complete -o default -F _x1 x1\n";
}

std::string zsh_script(const CommandTree& root) {
  return "autoload -Uz bashcompinit && bashcompinit\n" + bash_script(root);
}

std::string in_quotes(std::string_view text) {
  std::string safe;
  for (const char c : text)
    safe += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return "'" + safe + "'";
}

std::string fish_lines(const CommandTree& command, const std::string& condition) {
  std::string text;
  for (const auto& option : command.options)
    text += "complete -c x1" + condition + " -l " + option.substr(2) + "\n";
  return text;
}

std::string fish_script(const CommandTree& root) {
  auto text = "complete -c x1 -f\n" + fish_lines(root, "");
  for (const auto& command : root.commands) {
    const auto after = " -n '__fish_seen_subcommand_from " + command.name + "'";
    text += "complete -c x1 -n __fish_use_subcommand -a " + command.name + " -d " + in_quotes(command.help) + "\n" +
            fish_lines(command, after);
    for (const auto& sub : command.commands)
      text += "complete -c x1" + after + " -a " + sub.name + " -d " + in_quotes(sub.help) + "\n" +
              fish_lines(sub, " -n '__fish_seen_subcommand_from " + sub.name + "'");
  }
  return text;
}

}  // namespace

std::string completion_script(const CommandTree& tree, std::string_view shell) {
  if (shell == "fish") return fish_script(tree);
  return shell == "zsh" ? zsh_script(tree) : bash_script(tree);
}

}  // namespace x1::cli
