#include "api/passkeys.hpp"

#include "api/platform_audit.hpp"

namespace x1::api {
namespace {

using wire::Value;

const Value& member(const Value& object, std::string_view name) {
  static const Value none;
  const auto* found = object.find(name);
  return found == nullptr ? none : *found;
}

PinnedPasskeys shown(const Value& told) {
  Value::Array items;
  const auto* pinned = member(told, "items").array();
  for (const auto& each : pinned == nullptr ? Value::Array{} : *pinned) {
    const auto& passkey = member(each, "passkey");
    items.emplace_back(Value::Object{{"id", member(passkey, "id")},
                                     {"public_key", member(passkey, "public_key")},
                                     {"rp_id", member(passkey, "rp_id")},
                                     {"origin", member(passkey, "origin")},
                                     {"added", member(each, "added")},
                                     {"counter", member(each, "counter")}});
  }
  return {Value::Object{{"revision", member(told, "revision")}, {"items", std::move(items)}}};
}

Status note(Services& services, const UserId& user, std::string_view kind, const std::string& id,
            std::string_view outcome) {
  audit::Entry entry;
  entry.kind = kind;
  entry.actor = user.text();
  entry.target = id;
  entry.outcome = outcome;
  return audit_alone(services, std::move(entry));
}

void change(bool remove, const Caller& caller, const change_passkey::Input& input, Services& services,
            Then<PinnedPasskeys> then) {
  const auto passkey = policy::passkey_from(Value::Object{{"user", caller.user.text()},
                                                          {"id", input.id},
                                                          {"public_key", input.public_key},
                                                          {"rp_id", input.rp_id},
                                                          {"origin", input.origin}});
  if (!passkey.ok()) return then(passkey.error());
  const auto* const kind = remove ? "passkey.unpinned" : "passkey.pinned";
  services.vault.change_passkey(
      remove, *passkey, input.assertion,
      [&services, user = caller.user, kind, id = input.id, then = std::move(then)](const base::Result<Value>& told) {
        const auto noted = note(services, user, kind, id, told.ok() ? "ok" : base::to_string(told.error().code));
        if (!told.ok()) return then(told.error());
        if (!noted.ok()) return then(noted.error());
        then(shown(*told));
      });
}

}  // namespace

namespace list_passkeys {

Input read(const Arguments&) { return {}; }

void process(const Caller& caller, const Input&, Services& services, Then<PinnedPasskeys> then) {
  services.vault.passkeys(caller.user, [then = std::move(then)](const base::Result<Value>& told) {
    if (!told.ok()) return then(told.error());
    then(shown(*told));
  });
}

}  // namespace list_passkeys

namespace change_passkey {

Input read(const Arguments& arguments) {
  return {arguments.text("id"), arguments.text("public_key"), arguments.text("rp_id"), arguments.text("origin"),
          arguments.optional_text("assertion").value_or("")};
}

void add(const Caller& caller, const Input& input, Services& services, Then<PinnedPasskeys> then) {
  change(false, caller, input, services, std::move(then));
}

void remove(const Caller& caller, const Input& input, Services& services, Then<PinnedPasskeys> then) {
  change(true, caller, input, services, std::move(then));
}

}  // namespace change_passkey
}  // namespace x1::api
