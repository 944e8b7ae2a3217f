#include "api/endpoints.hpp"

#include <algorithm>

#include "api/answer_question.hpp"
#include "api/approve.hpp"
#include "api/close_turn.hpp"
#include "api/create_account.hpp"
#include "api/create_connection.hpp"
#include "api/create_invite.hpp"
#include "api/create_session.hpp"
#include "api/delete_connection.hpp"
#include "api/deny.hpp"
#include "api/end_session.hpp"
#include "api/get_session.hpp"
#include "api/health.hpp"
#include "api/join_session.hpp"
#include "api/kill_session.hpp"
#include "api/leave_session.hpp"
#include "api/lift_denial.hpp"
#include "api/list_accounts.hpp"
#include "api/list_challenges.hpp"
#include "api/list_connections.hpp"
#include "api/list_denials.hpp"
#include "api/list_grants.hpp"
#include "api/list_members.hpp"
#include "api/list_sessions.hpp"
#include "api/list_turns.hpp"
#include "api/login.hpp"
#include "api/logout.hpp"
#include "api/me.hpp"
#include "api/passkeys.hpp"
#include "api/platform_audit_page.hpp"
#include "api/remove_member.hpp"
#include "api/revoke_grant.hpp"
#include "api/revoke_grants.hpp"
#include "api/send_message.hpp"
#include "api/session_audit.hpp"
#include "api/start_session.hpp"
#include "api/use_connection.hpp"
#include "api/use_link.hpp"
#include "api/views.hpp"

namespace x1::api {
namespace {

using wire::Value;

Response respond(const base::Done&, Services&) { return {}; }
Response respond(const PinnedPasskeys& passkeys, Services&) { return {passkeys.value}; }
Response respond(const TakenBack& taken, Services&) {
  return {Value::Object{{"grants", static_cast<std::int64_t>(taken.grants)}}};
}
Response respond(const ChallengeRecord& challenge, Services& services) {
  return {view(challenge, services.clock.now())};
}
Response respond(const std::vector<ChallengeRecord>& challenges, Services& services) {
  Value::Array items;
  for (const auto& challenge : challenges)
    items.push_back(view(challenge, services.clock.now()));
  return {Value::Object{{"items", std::move(items)}}};
}
// A token that goes into a cookie is not told a second time, where a script could read it.
Response respond(const LoggedIn& login, Services&) {
  Response response{Value::Object{{"user", login.user.text()}, {"expires", base::format_time(login.expires)}}};
  if (!login.cookie) {
    response.body.object()->emplace("token", login.token);
  } else {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(login_life).count();
    response.headers.push_back(
        {"set-cookie",
         "x1_session=" + login.token + "; HttpOnly; SameSite=Strict; Path=/; Max-Age=" + std::to_string(seconds)});
  }
  return response;
}
template <class Record>
Response respond(const std::vector<Record>& records, Services&) {
  return {view_all(records)};
}
template <class Record>
Response respond(const Record& record, Services&) {
  return {view(record)};
}

// To somebody: of what is another person's they are not told all.
template <class Output>
Response respond(const Output& output, const UserId&, Services& services) {
  return respond(output, services);
}
Response respond(const GrantRecord& grant, const UserId& reader, Services&) { return {view(grant, reader)}; }
Response respond(const Denial& denial, const UserId& reader, Services&) { return {view(denial, reader)}; }
Response respond(const std::vector<GrantRecord>& grants, const UserId& reader, Services&) {
  return {view_all(grants, reader)};
}
Response respond(const std::vector<Denial>& denials, const UserId& reader, Services&) {
  return {view_all(denials, reader)};
}

template <class Output>
Then<Output> responding(const Caller& caller, Services& services, Then<Response> then) {
  return [&services, reader = caller.user, then = std::move(then)](base::Result<Output> output) {
    if (!output.ok()) return then(std::move(output).error());
    then(respond(*output, reader, services));
  };
}
template <class Output>
Then<Output> responding(Services& services, Then<Response> then) {
  return [&services, then = std::move(then)](base::Result<Output> output) {
    if (!output.ok()) return then(std::move(output).error());
    then(respond(*output, services));
  };
}

template <class Input, class Output>
Endpoint endpoint(std::string_view operation, Input (*read)(const Arguments&),
                  base::Result<Output> (*process)(const Caller&, const Input&, Services&)) {
  return {operation,
          {},
          [read, process](const Caller& caller, const Arguments& arguments, Services& services, Then<Response> then) {
            responding<Output>(caller, services, std::move(then))(process(caller, read(arguments), services));
          }};
}
template <class Input, class Output>
Endpoint endpoint(std::string_view operation, Input (*read)(const Arguments&),
                  void (*process)(const Caller&, const Input&, Services&, Then<Output>)) {
  return {operation,
          {},
          [read, process](const Caller& caller, const Arguments& arguments, Services& services, Then<Response> then) {
            process(caller, read(arguments), services, responding<Output>(caller, services, std::move(then)));
          }};
}
template <class Input, class Output>
Endpoint endpoint(std::string_view operation, Input (*read)(const Arguments&),
                  void (*process)(const Input&, Services&, Then<Output>)) {
  return {operation, [read, process](const Arguments& arguments, Services& services, Then<Response> then) {
            process(read(arguments), services, responding<Output>(services, std::move(then)));
          }};
}

std::vector<Endpoint> make_endpoints() {
  return {endpoint("health", health::read, health::process),
          endpoint("login", login::read, login::process),
          endpoint("logout", logout::read, logout::process),
          endpoint("me", me::read, me::process),
          endpoint("use_link", use_link::read, use_link::process),
          endpoint("list_accounts", list_accounts::read, list_accounts::process),
          endpoint("create_account", create_account::read, create_account::process),
          endpoint("list_sessions", list_sessions::read, list_sessions::process),
          endpoint("create_session", create_session::read, create_session::process),
          endpoint("get_session", get_session::read, get_session::process),
          endpoint("start_session", start_session::read, start_session::process),
          endpoint("end_session", end_session::read, end_session::process),
          endpoint("kill_session", kill_session::read, kill_session::process),
          endpoint("list_members", list_members::read, list_members::process),
          endpoint("create_invite", create_invite::read, create_invite::process),
          endpoint("join_session", join_session::read, join_session::process),
          endpoint("leave_session", leave_session::read, leave_session::process),
          endpoint("remove_member", remove_member::read, remove_member::process),
          endpoint("list_turns", list_turns::read, list_turns::process),
          endpoint("send_message", send_message::read, send_message::process),
          endpoint("close_turn", close_turn::read, close_turn::process),
          endpoint("answer_question", answer_question::read, answer_question::process),
          endpoint("list_challenges", list_challenges::read, list_challenges::process),
          endpoint("approve", approve::read, approve::process),
          endpoint("deny", deny::read, deny::process),
          endpoint("use_connection", use_connection::read, use_connection::process),
          endpoint("list_grants", list_grants::read, list_grants::process),
          endpoint("revoke_grant", revoke_grant::read, revoke_grant::process),
          endpoint("revoke_grants", revoke_grants::read, revoke_grants::process),
          endpoint("revoke_own_grants", revoke_own_grants::read, revoke_own_grants::process),
          endpoint("list_denials", list_denials::read, list_denials::process),
          endpoint("lift_denial", lift_denial::read, lift_denial::process),
          endpoint("list_passkeys", list_passkeys::read, list_passkeys::process),
          endpoint("add_passkey", change_passkey::read, change_passkey::add),
          endpoint("remove_passkey", change_passkey::read, change_passkey::remove),
          endpoint("list_connections", list_connections::read, list_connections::process),
          endpoint("create_connection", create_connection::read, create_connection::process),
          endpoint("delete_connection", delete_connection::read, delete_connection::process),
          endpoint("session_audit", session_audit::read, session_audit::process),
          endpoint("platform_audit", platform_audit_page::read, platform_audit_page::process)};
}

}  // namespace

const Endpoint* find_endpoint(std::string_view operation) {
  static const auto endpoints = make_endpoints();
  const auto found = std::ranges::find(endpoints, operation, &Endpoint::operation);
  return found == endpoints.end() ? nullptr : &*found;
}

}  // namespace x1::api
