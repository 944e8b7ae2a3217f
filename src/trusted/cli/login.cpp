// login, logout: acting as another account of the platform than its owner's.
#include "cli/bearer.hpp"
#include "cli/commands.hpp"
#include "cli/exit_status.hpp"
#include "cli/terminal.hpp"
#include "policy/dialog.hpp"

namespace x1::cli {

using base::Code;
using base::Error;
using wire::Value;

Outcome perform(const Context& context, const Login& what) {
  X1_TRY(before, kept_login(context.state, context.place));
  // One that is only overwritten would stay good with nobody left to end it.
  if (before) {
    return Error{Code::conflict, "You are logged in as " + before->name + ".", "End that login first: x1 logout"};
  }
  X1_TRY(password, read_secret("Password for " + policy::visible(what.name) + " (not shown): "));
  X1_TRY(answer, context.api().log_in(what.name, password));
  const auto* token = answer.find_string("token");
  if (token == nullptr) return Error{Code::internal, "The platform's answer to the login has no token.", ""};
  X1_TRY(kept, keep_login(context.state, {what.name, *token}, context.place));
  context.say(Value::Object{{"name", what.name}}, "logged in as " + policy::visible(what.name) + "\n");
  return exit_ok;
}

Outcome perform(const Context& context, const Logout&) {
  X1_TRY(login, kept_login(context.state, context.place));
  if (!login) {
    context.say(Value::Object{{"name", Value()}},
                context.place.empty() ? "nobody was logged in; x1 acts as the owner\n" : "nobody was logged in here\n");
    return exit_ok;
  }
  // Forgotten here only when the platform has ended it: a token that is merely lost goes on being good.
  const auto ended = context.api().post("/logout");
  if (!ended.ok() && ended.error().code != Code::unauthenticated) return ended.error();
  X1_TRY(dropped, drop_login(context.state, context.place));
  context.say(Value::Object{{"name", login->name}}, "logged out\n");
  return exit_ok;
}

}  // namespace x1::cli
