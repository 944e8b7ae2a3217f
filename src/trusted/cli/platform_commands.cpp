// up, down, status, doctor, uninstall, version; and the way in for all commands.
#include <iostream>
#include <ostream>

#include "cli/commands.hpp"
#include "cli/exit_status.hpp"
#include "cli/terminal.hpp"
#include "launch/control_client.hpp"
#include "launch/doctor.hpp"
#include "launch/down.hpp"
#include "launch/uninstall.hpp"
#include "launch/up.hpp"
#include "policy/dialog.hpp"
#include "wire/json.hpp"

namespace x1::cli {
namespace {

using wire::Value;

constexpr std::string_view version_text = "0.1.0";

Value running_value(const launch::Running& running) {
  return Value::Object{{"address", running.address},
                       {"port", static_cast<std::int64_t>(running.port)},
                       {"state", running.state},
                       {"already", running.already}};
}

std::string running_text(const launch::Running& running) {
  return std::string(running.already ? "x1 runs already at " : "x1 runs at ") + running.address + " (state in " +
         running.state + ")\n";
}

Value::Array texts(const std::vector<std::string>& list) { return Value::Array(list.begin(), list.end()); }

void complain(const Context& context, const base::Error& error) {
  if (context.json) {
    context.err << wire::canonical_json(Value::Object{
                       {"code", base::to_string(error.code)}, {"message", error.message}, {"next", error.next}})
                << std::endl;
    return;
  }
  context.err << "x1: " << explained(error) << std::endl;
}

}  // namespace

Outcome perform(const Context& context, const Print& what) {
  (what.status == exit_ok ? context.out : context.err) << what.text << std::flush;
  return what.status;
}

Outcome perform(const Context& context, const Up& what) {
  const launch::UpOptions options{.state = context.state,
                                  .programs = what.programs,
                                  .share = what.share,
                                  .port = what.port,
                                  .foreground = what.foreground};
  X1_TRY(running,
         launch::up(options, [&](const launch::Running& now) { context.say(running_value(now), running_text(now)); }));
  return exit_ok;
}

Outcome perform(const Context& context, const Down&) {
  X1_TRY(stopped, launch::down(context.state));
  context.say(Value::Object{{"stopped", stopped}}, stopped ? "x1 has stopped\n" : "x1 was not running\n");
  return exit_ok;
}

Outcome perform(const Context& context, const Doctor&) {
  const auto diagnosis = launch::doctor();
  context.say(launch::to_value(diagnosis), launch::to_text(diagnosis));
  return diagnosis.good() ? exit_ok : exit_isolation;
}

Outcome perform(const Context& context, const Status&) {
  X1_TRY(client, launch::ControlClient::connect(context.state));
  X1_TRY(status, client.status());
  Value::Array processes;
  const auto port = std::to_string(status.port);
  const auto url = "http://" + status.own_name + ":" + port;
  std::string text = "x1 runs on port " + port + "\n  for a browser: " + url + "\n";
  for (const auto& process : status.processes) {
    processes.push_back(Value::Object{{"name", process.name},
                                      {"session", process.session},
                                      {"pid", static_cast<std::int64_t>(process.pid)},
                                      {"uid", static_cast<std::int64_t>(process.uid)}});
    text += "  " + process.name + " pid " + std::to_string(process.pid) + " uid " + std::to_string(process.uid) +
            (process.session.empty() ? "" : " session " + process.session) + "\n";
  }
  for (const auto& limit : status.limits)
    text += "  not limited here: " + limit + "\n";
  context.say(Value::Object{{"port", static_cast<std::int64_t>(status.port)},
                            {"url", url},
                            {"ready", status.ready},
                            {"processes", std::move(processes)},
                            {"sessions", texts(status.sessions)},
                            {"limits", texts(status.limits)}},
              text);
  return exit_ok;
}

Outcome perform(const Context& context, const Version&) {
  context.say(Value::Object{{"version", version_text}}, "x1 " + std::string(version_text) + "\n");
  return exit_ok;
}

Outcome perform(const Context& context, const Completion& what) {
  context.out << what.script << std::flush;
  return exit_ok;
}

Outcome perform(const Context& context, const Token&) {
  X1_TRY(token, context.bearer.token());
  context.say(Value::Object{{"token", token}}, token + "\n");
  return exit_ok;
}

Outcome perform(const Context& context, const Link&) {
  X1_TRY(supervisor, launch::ControlClient::connect(context.state));
  X1_TRY(link, supervisor.link());
  context.say(Value::Object{{"link", link.token}, {"seconds", static_cast<std::int64_t>(link.seconds)}},
              link.token + "\n");
  return exit_ok;
}

Outcome perform(const Context& context, const Uninstall& what) {
  X1_TRY(plan, launch::plan_uninstall(context.state));
  if (!what.yes) {
    context.err << "This removes " << plan.state << " with every session, connection and audit row.\n"
                << "Type yes to go on: " << std::flush;
    if (read_line() != "yes") return base::Error{base::Code::conflict, "Nothing was removed.", ""};
  }
  X1_TRY(removed, launch::uninstall(plan));
  std::string text = "removed " + plan.state + "\n";
  if (!plan.packages.empty()) {
    text += "these packages stay; remove them with apt if nothing else needs them:\n";
    for (const auto& package : plan.packages)
      text += "  " + package + "\n";
  }
  context.say(Value::Object{{"removed", plan.state}, {"packages", texts(plan.packages)}}, text);
  return exit_ok;
}

base::Status ensure_running(const Context& context) {
  const auto client = launch::ControlClient::connect(context.state);
  if (client.ok()) return base::Done{};
  if (client.error().code != base::Code::unavailable) return client.error();
  launch::UpOptions options;
  options.state = context.state;
  X1_TRY(running,
         launch::up(options, [&](const launch::Running& now) { context.err << running_text(now) << std::flush; }));
  return base::Done{};
}

int main_with(std::vector<std::string> arguments, std::ostream& out, std::ostream& err) {
  const auto line = read_command_line(std::move(arguments));
  const auto state = line.state.empty() ? launch::default_state_folder() : line.state;
  Bearer bearer(person_of(state, line.place));
  const Context context{state, line.json, out, err, bearer, line.place};
  const auto outcome = std::visit([&](const auto& what) { return perform(context, what); }, line.command);
  if (outcome.ok()) return outcome.value();
  complain(context, outcome.error());
  return exit_status_of(outcome.error().code);
}

}  // namespace x1::cli
