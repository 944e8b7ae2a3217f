// sessions, connections: lists, and ending one of their items; kill.
#include <ostream>

#include "base/id.hpp"
#include "cli/commands.hpp"
#include "cli/exit_status.hpp"

namespace x1::cli {
namespace {

using wire::Value;

// Names of people's own things go into a path only after they parsed as ids.
base::Result<std::string> id_text(const std::string& text) {
  if (base::is_id_text(text)) return text;
  return base::Error{base::Code::invalid_request, "An id is 1 to 64 characters of a-z, 0-9, '_' and '-'.", ""};
}

std::string session_line(const Value& session) {
  std::string command;
  if (const auto* words = session.find("command"); words != nullptr && words->array() != nullptr) {
    for (const auto& word : *words->array())
      if (word.string() != nullptr) command += " " + shown(Value::Object{{"w", *word.string()}}, "w");
  }
  const auto reason = shown(session, "reason");
  return shown(session, "id") + "  " + shown(session, "state") + "  " + shown(session, "created") + " " + command +
         (reason.empty() ? "" : "  (" + reason + ")") + "\n";
}

std::string connection_line(const Value& connection) {
  return shown(connection, "id") + "  " + shown(connection, "kind") + "  " + shown(connection, "url") + "  as " +
         shown(connection, "user") + "\n";
}

template <class Line>
void say_list(const Context& context, const Value& list, const std::string& none, const Line& line) {
  std::string text;
  for (const auto& item : items_of(list))
    text += line(item);
  context.say(list, text.empty() ? none : text);
}

}  // namespace

Outcome perform(const Context& context, const Sessions& what) {
  const auto api = context.api();
  if (!what.end.empty()) {
    X1_TRY(id, id_text(what.end));
    X1_TRY(ended, api.remove("/sessions/" + id));
    context.say(ended, "ending " + id + "\n");
    return exit_ok;
  }
  X1_TRY(list, api.get("/sessions"));
  say_list(context, list, "no sessions\n", session_line);
  return exit_ok;
}

Outcome perform(const Context& context, const Kill& what) {
  X1_TRY(id, id_text(what.session));
  X1_TRY(killed, context.api().post("/sessions/" + id + "/kill"));
  context.say(killed, "killed: nothing runs in " + id + " any more, and nothing is allowed in it\n");
  return exit_ok;
}

Outcome perform(const Context& context, const Connections& what) {
  const auto api = context.api();
  if (!what.remove.empty()) {
    X1_TRY(id, id_text(what.remove));
    X1_TRY(removed, api.remove("/connections/" + id));
    context.say(Value::Object{{"removed", id}}, "forgotten\n");
    return exit_ok;
  }
  X1_TRY(list, api.get("/connections"));
  say_list(context, list, "no connections; see `x1 connect --help`\n", connection_line);
  return exit_ok;
}

}  // namespace x1::cli
