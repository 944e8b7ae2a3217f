#include "cli/completion.hpp"

#include <algorithm>

namespace x1::cli {
namespace {

bool is_id_kind(const std::string& value) { return !value.empty() && value != "file" && value != "text"; }

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words)
    text += (text.empty() ? "" : " ") + word;
  return text;
}

// What may stand after the command: its own options, and those of the whole program.
std::vector<CommandOption> options_after(const CommandTree& command, const CommandTree& root) {
  auto options = command.options;
  for (const auto& option : root.options) {
    if (std::ranges::find(options, option.name, &CommandOption::name) == options.end()) options.push_back(option);
  }
  return options;
}

// One branch of a `case` for each command, by its path: "", "chat", "audit", "audit show".
std::string branches(const CommandTree& command, const std::string& path, const CommandTree& root) {
  std::vector<std::string> words;
  std::vector<std::string> values;
  for (const auto& sub : command.commands)
    words.push_back(sub.name);
  for (const auto& option : options_after(command, root)) {
    words.push_back(option.name);
    if (!option.value.empty()) values.push_back(option.name + "=" + option.value);
  }
  const auto argument = is_id_kind(command.argument) || command.argument == "file" ? command.argument : "";
  auto text = "    \"" + path + "\") choices=\"" + joined(words) + "\" values=\"" + joined(values) + "\" argument=\"" +
              argument + "\" ;;\n";
  for (const auto& sub : command.commands)
    text += branches(sub, path.empty() ? sub.name : path + " " + sub.name, root);
  return text;
}

std::vector<std::string> paths(const CommandTree& command, const std::string& path) {
  std::vector<std::string> all;
  for (const auto& sub : command.commands) {
    const auto below = path.empty() ? sub.name : path + " " + sub.name;
    all.push_back(below);
    const auto more = paths(sub, below);
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

std::string any_of(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words)
    text += (text.empty() ? "\"" : "|\"") + word + "\"";
  return text;
}

// The command so far is the longest path of words that are commands; after `--` the words are somebody else's. Where
// nothing is offered, the shell offers files, unless a value is wanted that is none. What compgen is given is ids only:
// it would expand anything else.
std::string bash_script(const CommandTree& root) {
  return "_x1() {\n"
         "  local so_far=\"\" next choices=\"\" values=\"\" argument=\"\" wanted=\"\" i\n"
         "  local word=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
         "  COMPREPLY=()\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    [[ ${COMP_WORDS[i]} == -- ]] && return\n"
         "    next=\"${so_far:+$so_far }${COMP_WORDS[i]}\"\n"
         "    case \"$next\" in " +
         any_of(paths(root, "")) +
         ") so_far=$next ;; esac\n"
         "  done\n"
         "  case \"$so_far\" in\n" +
         branches(root, "", root) +
         "  esac\n"
         "  if [[ \" $values\" == *\" $before=\"* ]]; then\n"
         "    choices=\"\" wanted=\"${values#*\"$before=\"}\"\n"
         "    wanted=\"${wanted%% *}\"\n"
         "    [[ $wanted != file && -n \"${BASH_VERSION:-}\" ]] && compopt +o default 2>/dev/null\n"
         "  elif [[ \"$word\" != -* ]]; then\n"
         "    wanted=\"$argument\"\n"
         "  fi\n"
         "  case \"$wanted\" in\n"
         "    file) return ;;\n"
         "    \"\"|text) ;;\n"
         "    *)\n"
         "      next=\"$(x1 candidates \"$wanted\" -- \"${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}\" 2>/dev/null "
         "</dev/null)\"\n"
         "      choices=\"${next:-$choices}\" ;;\n"
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$choices\" -- \"$word\"))\n"
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

std::string fish_candidates(const std::string& kind) {
  return " -a '(x1 candidates " + kind + " -- (commandline -opc)[2..] 2>/dev/null </dev/null)'";
}

// -r: a value follows; -F and -f: it is a file, or none.
std::string fish_value(const std::string& value) {
  if (value.empty()) return "";
  if (value == "file") return " -r -F";
  return " -r -f" + (is_id_kind(value) ? fish_candidates(value) : std::string());
}

std::string fish_lines(const CommandTree& command, const std::string& path) {
  const auto here = "complete -c x1 -n '__x1_at \"" + path + "\"'";
  std::string text;
  if (command.argument != "file") text += here + " -f\n";
  if (is_id_kind(command.argument)) text += here + fish_candidates(command.argument) + "\n";
  for (const auto& option : command.options)
    text += (path.empty() ? "complete -c x1" : here) + " -l " + option.name.substr(2) + fish_value(option.value) + "\n";
  for (const auto& sub : command.commands) {
    text += here + " -a " + sub.name + " -d " + in_quotes(sub.help) + "\n";
    text += fish_lines(sub, path.empty() ? sub.name : path + " " + sub.name);
  }
  return text;
}

// Whether the line is at this command, as in the script above.
std::string fish_script(const CommandTree& root) {
  std::string known;
  for (const auto& path : paths(root, ""))
    known += " " + in_quotes(path);
  return "function __x1_at\n"
         "  set -l so_far ''\n"
         "  for word in (commandline -opc)[2..]\n"
         "    test \"$word\" = --; and return 1\n"
         "    set -l next (string trim \"$so_far $word\")\n"
         "    contains -- \"$next\"" +
         known +
         "; and set so_far $next\n"
         "  end\n"
         "  test \"$so_far\" = \"$argv[1]\"\n"
         "end\n" +
         fish_lines(root, "");
}

}  // namespace

std::string completion_script(const CommandTree& tree, std::string_view shell) {
  if (shell == "fish") return fish_script(tree);
  return shell == "zsh" ? zsh_script(tree) : bash_script(tree);
}

}  // namespace x1::cli
