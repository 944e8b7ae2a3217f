// passkey: enrolls the key of `x1` itself with the vault, lists what the vault has pinned, and takes one away.
#include <ostream>

#include "base/encoding.hpp"
#include "cli/authenticator.hpp"
#include "cli/commands.hpp"
#include "cli/exit_status.hpp"
#include "cli/terminal.hpp"
#include "policy/members.hpp"

namespace x1::cli {
namespace {

using base::Code;
using base::Error;
using wire::Value;

base::Result<base::UserId> who_am_i(const Context& context) {
  X1_TRY(me, context.api().get("/me"));
  const auto* id = me.find_string("id");
  if (id == nullptr) return Error{Code::internal, "The platform does not say who you are.", ""};
  return base::UserId::parse(*id);
}

Value::Object body_of(const policy::Passkey& passkey, const std::string& assertion) {
  auto value = policy::to_value(passkey);
  value.object()->erase("user");
  if (!assertion.empty()) value.object()->emplace("assertion", assertion);
  return std::move(*value.object());
}

std::string told(const Value& set) {
  std::string text;
  for (const auto& item : items_of(set)) {
    text += shown(item, "id") + "  " + shown(item, "origin") + "  pinned " + shown(item, "added") + "\n";
  }
  return text.empty() ? "no passkey is pinned for you: `x1 passkey enroll`\n" : text;
}

// The passkey of that id, as the vault has pinned it.
base::Result<policy::Passkey> pinned(const Value& set, const base::UserId& user, const std::string& id) {
  for (const auto& item : items_of(set)) {
    if (shown(item, "id") != id) continue;
    Value::Object members{{"user", user.text()}};
    for (const auto name : {"id", "public_key", "rp_id", "origin"}) {
      const auto* member = item.find(name);
      if (member != nullptr) members.emplace(name, *member);
    }
    return policy::passkey_from(members);
  }
  return Error{Code::not_found, "No such passkey is pinned for you.", "See `x1 passkey list`."};
}

}  // namespace

Outcome perform(const Context& context, const PasskeyEnroll&) {
  X1_TRY(user, who_am_i(context));
  X1_TRY(set, context.api().get("/passkeys"));
  if (!items_of(set).empty()) {
    return Error{Code::conflict, "A passkey is pinned for you already.", "See `x1 passkey list`."};
  }
  const bool there = Authenticator::exists(context.state, user);
  X1_TRY(passphrase, read_secret(there ? "Passphrase of your key (not shown): "
                                       : "A passphrase for your new key, at least 8 bytes (not shown): "));
  X1_TRY(authenticator, there ? Authenticator::open(context.state, user, passphrase)
                              : Authenticator::create(context.state, user, passphrase));
  const auto passkey = authenticator.passkey();
  X1_TRY(now, context.api().post("/passkeys", body_of(passkey, "")));
  context.say(now, "enrolled " + passkey.id + ": questions of high risk are confirmed with its passphrase now\n");
  return exit_ok;
}

Outcome perform(const Context& context, const PasskeyList&) {
  X1_TRY(set, context.api().get("/passkeys"));
  context.say(set, told(set));
  return exit_ok;
}

Outcome perform(const Context& context, const PasskeyRemove& what) {
  X1_TRY(user, who_am_i(context));
  X1_TRY(set, context.api().get("/passkeys"));
  X1_TRY(passkey, pinned(set, user, what.id));
  const auto* revision = set.find_integer("revision");
  if (revision == nullptr) return Error{Code::internal, "The platform's answer has no revision.", ""};
  X1_TRY(passphrase, read_secret("Passphrase of your key, to take " + passkey.id + " away (not shown): "));
  X1_TRY(authenticator, Authenticator::open(context.state, user, passphrase));
  const auto statement =
      policy::change_statement(policy::PasskeyChange::remove, passkey, static_cast<std::uint64_t>(*revision));
  X1_TRY(assertion, authenticator.touch(statement));
  X1_TRY(now, context.api().post("/passkeys/remove", body_of(passkey, assertion)));
  context.say(now, "taken away; pinned now:\n" + told(now));
  return exit_ok;
}

}  // namespace x1::cli
