// invite, join, leave, people: several people in one session.
#include <ostream>

#include "base/id.hpp"
#include "cli/approve.hpp"
#include "cli/commands.hpp"
#include "cli/exit_status.hpp"
#include "cli/room.hpp"
#include "cli/terminal.hpp"

namespace x1::cli {
namespace {

using base::Code;
using base::Error;
using wire::Value;

}  // namespace

Outcome perform(const Context& context, const Invite& what) {
  X1_TRY(path, session_path(what.session));
  Value::Object body{{"role", what.viewer ? "viewer" : "participant"}};
  if (!what.name.empty()) body.emplace("name", what.name);
  X1_TRY(invite, context.api().post(path + "/invites", std::move(body)));
  if (!context.json) {
    context.err << "x1 · good once, for ten minutes; whoever has it can join: hand it over as you would a password\n"
                << "x1 · they run `x1 join` and paste it" << std::endl;
  }
  context.say(invite, shown(invite, "invite") + "\n");
  return exit_ok;
}

Outcome perform(const Context& context, const Join&) {
  X1_TRY(invite, read_secret("Invitation (not shown): "));
  X1_TRY(member, context.api().join(invite));
  const auto session = shown(member, "session");
  context.say(member, "you are in session " + session + " as " + shown(member, "role") + "; everybody in it sees what" +
                          " you say and what the agent does for you\ntalk: x1 chat --session " + session + "\n");
  return exit_ok;
}

Outcome perform(const Context& context, const Leave& what) {
  X1_TRY(path, session_path(what.session));
  X1_TRY(left, context.api().post(path + "/leave"));
  context.say(Value::Object{{"left", what.session}}, "left; what you had allowed there is taken back\n");
  return exit_ok;
}

Outcome perform(const Context& context, const People& what) {
  X1_TRY(path, session_path(what.session));
  X1_TRY(members, context.api().get(path + "/members"));
  if (!what.remove.empty()) {
    X1_TRY(id, member_id(members, what.remove));
    X1_TRY(removed, context.api().remove(path + "/members/" + id));
    context.say(Value::Object{{"removed", id}}, "removed\n");
    return exit_ok;
  }
  X1_TRY(turns, context.api().get(path + "/turns"));
  X1_TRY(room, enter_room(context, what.session));
  room.take_turns(turns);
  std::string text;
  for (const auto& member : items_of(members))
    text += shown(member, "name") + "  " + shown(member, "role") + "  since " + shown(member, "joined") + "\n";
  context.say(Value::Object{{"members", members.find("items") == nullptr ? Value() : *members.find("items")},
                            {"turns", turns.find("items") == nullptr ? Value() : *turns.find("items")}},
              text + room.queue() + "\n");
  return exit_ok;
}

}  // namespace x1::cli
