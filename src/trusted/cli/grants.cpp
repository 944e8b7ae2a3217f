// grants: what a person has allowed, and denied for a session; and taking it back.
#include "base/id.hpp"
#include "cli/commands.hpp"
#include "cli/exit_status.hpp"
#include "cli/limits_text.hpp"
#include "cli/room.hpp"

namespace x1::cli {
namespace {

using base::Code;
using base::Error;
using wire::Value;

std::uint64_t number(const Value& value, std::string_view name) {
  const auto* found = value.find_integer(name);
  return found == nullptr || *found < 0 ? 0 : static_cast<std::uint64_t>(*found);
}

// "  3 of 5 calls, 120 kB of 2 MB used"
std::string usage(const Value& grant) {
  const auto* limits = grant.find("limits");
  const auto* used = grant.find("used");
  if (limits == nullptr || used == nullptr || limits->object() == nullptr || used->object() == nullptr) return "";
  std::string text;
  if (limits->find("uses") != nullptr) {
    text = std::to_string(number(*used, "calls")) + " of " + std::to_string(number(*limits, "uses")) + " calls";
  }
  if (limits->find("bytes") != nullptr) {
    text +=
        (text.empty() ? "" : ", ") + size_text(number(*used, "bytes")) + " of " + size_text(number(*limits, "bytes"));
  }
  return "  " + text + " used";
}

// Whose it is not, does not know with which account it is.
std::string account_of(const Value& record) {
  const auto account = shown(record, "connection");
  const auto part = shown(record, "within");
  return (account.empty() ? "" : "  connection " + account) + (part.empty() ? "" : " in " + part);
}

std::string grant_line(const Value& grant) {
  const auto until = shown(grant, "until");
  return shown(grant, "id") + "  " + shown(grant, "scope") + "  " + shown(grant, "lifetime") +
         (until.empty() ? "" : " " + until) + "  " + shown(grant, "state") + usage(grant) + account_of(grant) +
         "  session " + shown(grant, "session") + "\n";
}

std::string denial_line(const Value& denial) {
  return shown(denial, "challenge") + "  " + shown(denial, "scope") + "  denied for the session" + account_of(denial) +
         "  session " + shown(denial, "session") + "\n";
}

struct Listed {
  Value::Array grants;
  Value::Array denials;
};

base::Status collect(const ApiClient& api, const std::string& path, Listed& all) {
  X1_TRY(grants, api.get(path + "/grants"));
  X1_TRY(denials, api.get(path + "/denials"));
  all.grants.insert(all.grants.end(), items_of(grants).begin(), items_of(grants).end());
  all.denials.insert(all.denials.end(), items_of(denials).begin(), items_of(denials).end());
  return base::Done{};
}

Outcome list(const Context& context, const Grants& what) {
  const auto api = context.api();
  Listed all;
  if (!what.session.empty()) {
    X1_TRY(path, session_path(what.session));
    X1_TRY(collected, collect(api, path, all));
  } else {
    X1_TRY(sessions, api.get("/sessions"));
    for (const auto& session : items_of(sessions)) {
      const auto* id = session.find_string("id");
      const auto* state = session.find_string("state");
      if (id == nullptr || state == nullptr || *state == "ended" || *state == "failed") continue;
      X1_TRY(collected, collect(api, "/sessions/" + *id, all));
    }
  }
  std::string text;
  for (const auto& grant : all.grants)
    text += grant_line(grant);
  if (text.empty()) text = "nothing is allowed\n";
  for (const auto& denial : all.denials)
    text += denial_line(denial);
  context.say(Value::Object{{"items", std::move(all.grants)}, {"denials", std::move(all.denials)}}, text);
  return exit_ok;
}

Outcome revoke_all(const Context& context, const Grants& what) {
  const auto api = context.api();
  Value::Object body;
  if (!what.scope.empty()) body.emplace("scope", what.scope);
  std::string path = "/grants/revoke";
  if (!what.session.empty()) {
    X1_TRY(session, session_path(what.session));
    path = session + path;
    if (what.everybody) body.emplace("everybody", true);
    if (!what.user.empty()) {
      X1_TRY(members, api.get(session + "/members"));
      X1_TRY(user, member_id(members, what.user));
      body.emplace("user", user);
    }
  }
  X1_TRY(taken, api.post(path, std::move(body)));
  const auto count = number(taken, "grants");
  context.say(taken, "taken back: " + std::to_string(count) + (count == 1 ? " grant" : " grants") +
                         ", and every yes that was on its way; it counts from the next call on\n");
  return exit_ok;
}

}  // namespace

Outcome perform(const Context& context, const Grants& what) {
  if (what.revoke_all) return revoke_all(context, what);
  if (what.revoke.empty() && what.lift.empty()) return list(context, what);
  const auto& item = what.revoke.empty() ? what.lift : what.revoke;
  X1_TRY(path, session_path(what.session));
  if (!base::is_id_text(item)) {
    return Error{Code::invalid_request, "An id is 1 to 64 characters of a-z, 0-9, '_' and '-'.", ""};
  }
  X1_TRY(done, context.api().remove(path + (what.revoke.empty() ? "/denials/" : "/grants/") + item));
  context.say(
      done, what.revoke.empty() ? "lifted; you may be asked again\n" : "taken back; it counts from the next call on\n");
  return exit_ok;
}

}  // namespace x1::cli
