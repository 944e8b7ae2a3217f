#include "cli/change_list.hpp"

#include "policy/dialog.hpp"

namespace x1::cli {
namespace {

using launch::Change;
using launch::ChangeKind;

std::string line_of(const Change& change) {
  auto line = "  " + std::string(launch::to_string(change.kind)) + "  " + policy::visible(change.path);
  if (change.kind == ChangeKind::added || change.kind == ChangeKind::modified) {
    line += "  (" + std::to_string(change.bytes) + " bytes" + (change.executable ? ", executable)" : ")");
  }
  if (change.kind == ChangeKind::refused) line += "  (a link, socket, fifo or device: never applied)";
  return line + "\n";
}

}  // namespace

std::string to_text(const std::vector<Change>& changes) {
  if (changes.empty()) return "The agent changed nothing in your folder.\n";
  std::string ordinary;
  std::string running;
  for (const auto& change : changes)
    (change.runs_by_itself ? running : ordinary) += line_of(change);
  std::string text = "The agent changed " + std::to_string(changes.size()) + " files in your folder:\n";
  if (!running.empty()) {
    text += "LOOK AT THESE FIRST: programs of yours run them without asking you:\n" + running;
    if (!ordinary.empty()) text += "Others:\n";
  }
  return text + ordinary;
}

wire::Value to_value(const std::vector<Change>& changes) {
  wire::Value::Array list;
  for (const auto& change : changes) {
    list.push_back(wire::Value::Object{{"path", policy::visible(change.path)},
                                       {"kind", launch::to_string(change.kind)},
                                       {"bytes", static_cast<std::int64_t>(change.bytes)},
                                       {"executable", change.executable},
                                       {"runs_by_itself", change.runs_by_itself}});
  }
  return list;
}

std::vector<std::string> applicable(const std::vector<Change>& changes) {
  std::vector<std::string> paths;
  for (const auto& change : changes)
    if (change.kind != ChangeKind::refused) paths.push_back(change.path);
  return paths;
}

}  // namespace x1::cli
