#include "api/create_connection.hpp"

#include "api/platform_audit.hpp"

namespace x1::api::create_connection {
namespace {

base::Result<ConnectionRecord> add(Services& services, const UserId& owner, const ConnectionId& id,
                                   const Vault::Kept& kept) {
  const ConnectionRecord connection{id, owner, kept.kind, kept.url, kept.user, services.clock.now()};
  X1_TRY(committed, services.store.transaction([&]() -> Status {
    X1_TRY(added, services.store.connections().add(connection));
    audit::Entry entry;
    entry.kind = "connection.kept";
    entry.actor = owner.text();
    entry.target = id.text();
    entry.outcome = "ok";
    entry.detail = wire::Value::Object{{"kind", kept.kind}, {"url", kept.url}};
    return audit_row(services, std::move(entry));
  }));
  return connection;
}

base::Result<ConnectionRecord> refused(Services& services, const UserId& owner, base::Error why) {
  audit::Entry entry;
  entry.kind = "connection.refused";
  entry.actor = owner.text();
  entry.outcome = base::to_string(why.code);
  X1_TRY(noted, audit_alone(services, std::move(entry)));
  return why;
}

}  // namespace

Input read(const Arguments& arguments) { return {arguments.base64("record")}; }

void process(const Caller& caller, const Input& input, Services& services, Then<ConnectionRecord> then) {
  const auto id = ConnectionId::parse(crypto::random_id(services.random)).value();
  services.vault.keep(id, caller.user, input.record,
                      [&services, owner = caller.user, id, then = std::move(then)](base::Result<Vault::Kept> kept) {
                        if (!kept.ok()) return then(refused(services, owner, std::move(kept).error()));
                        auto added = add(services, owner, id, *kept);
                        if (added.ok()) return then(std::move(added));
                        // What has no reference must not stay in the vault.
                        services.vault.forget(
                            id, owner,
                            [then, added = std::move(added)](const base::Result<base::Done>&) { then(added); });
                      });
}

}  // namespace x1::api::create_connection
