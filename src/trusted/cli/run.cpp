// run: a command as the agent, in a sandbox, on a terminal of its own.
#include <algorithm>
#include <ostream>

#include "cli/change_list.hpp"
#include "cli/commands.hpp"
#include "cli/exit_status.hpp"
#include "cli/run_loop.hpp"
#include "cli/session_start.hpp"
#include "launch/control_client.hpp"
#include "policy/dialog.hpp"

namespace x1::cli {
namespace {

using wire::Value;

constexpr int seconds_to_close = 3;
constexpr int seconds_to_end = 20;

// The person's words of this turn: the command that they gave.
std::string message_of(const std::vector<std::string>& command) {
  std::string message;
  for (const auto& word : command)
    message += (message.empty() ? "" : " ") + word;
  return message;
}

bool wants_to_apply(const Context& context, const Run& what, const std::vector<launch::Change>& changes) {
  if (what.apply) return true;
  if (what.discard || context.json || applicable(changes).empty()) return false;
  context.err << "Apply them to your folder? Type yes to apply; anything else leaves it as it was: " << std::flush;
  return read_line() == "yes";
}

// Shows what was changed, and applies it if the person wants it. Returns how many were applied.
base::Result<std::uint32_t> settle_workspace(const Context& context, const Run& what, const std::string& session,
                                             std::vector<launch::Change>& changes) {
  if (what.workspace.empty()) return std::uint32_t{0};
  X1_TRY(supervisor, launch::ControlClient::connect(context.state));
  X1_TRY(found, supervisor.workspace_changes(session));
  changes = std::move(found);
  if (!context.json) context.err << to_text(changes) << std::flush;
  if (changes.empty() || !wants_to_apply(context, what, changes)) return std::uint32_t{0};
  X1_TRY(again, launch::ControlClient::connect(context.state));
  return again.apply_changes(session, applicable(changes));
}

Outcome finish(const Context& context, const Run& what, const std::string& session, const RunEnd& end) {
  std::vector<launch::Change> changes;
  X1_TRY(applied, settle_workspace(context, what, session, changes));
  if (context.json) {
    context.say(Value::Object{{"session", session},
                              {"status", end.status ? Value(*end.status) : Value()},
                              {"reason", end.reason},
                              {"changes", to_value(changes)},
                              {"applied", static_cast<std::int64_t>(applied)}},
                "");
  } else if (!what.workspace.empty() && !changes.empty()) {
    context.err << "applied: " << applied << " of " << changes.size() << std::endl;
  }
  if (end.status) return *end.status;
  const bool isolation = end.reason.starts_with("isolation_missing");
  return base::Error{isolation ? base::Code::isolation_missing : base::Code::conflict,
                     "The session ended before its agent did: " + ending_with(end.reason),
                     isolation ? "See `x1 doctor`." : ""};
}

}  // namespace

Outcome perform(const Context& context, const Run& what) {
  X1_TRY(running, ensure_running(context));
  auto terminal = Terminal::open();
  X1_TRY(pty, open_pty(terminal ? terminal->size() : winsize{24, 80, 0, 0}));
  X1_TRY(manifests, read_manifests(context.state));
  X1_TRY(session,
         create_session(
             context,
             {.command = what.command, .workspace = what.workspace, .adapter = false, .terminal = pty.theirs.get()}));
  if (!context.json) context.err << "x1 · session " << session << " (Ctrl-] for x1)" << std::endl;
  X1_TRY(started, start_session(context, session, message_of(what.command)));
  pty.theirs = os::Fd();
  RunLoop loop(context, session, std::move(pty.ours), terminal, std::move(manifests));
  auto ended = loop.run();
  loop.wait_for_turn(seconds_to_close);
  // Whatever happened, nothing goes on running behind the person's back. It may have ended by itself.
  static_cast<void>(context.api().remove("/sessions/" + session).ok());
  if (!ended.ok()) return std::move(ended).error();
  loop.wait_for_end(seconds_to_end);
  return finish(context, what, session, *ended);
}

}  // namespace x1::cli
