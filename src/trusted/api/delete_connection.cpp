#include "api/delete_connection.hpp"

#include "api/access.hpp"
#include "api/platform_audit.hpp"

namespace x1::api::delete_connection {
namespace {

base::Result<base::Done> remove(Services& services, const UserId& owner, const ConnectionId& id) {
  return services.store.transaction([&]() -> Status {
    X1_TRY(removed, services.store.connections().remove(id));
    audit::Entry entry;
    entry.kind = "connection.forgotten";
    entry.actor = owner.text();
    entry.target = id.text();
    entry.outcome = "ok";
    return audit_row(services, std::move(entry));
  });
}

}  // namespace

Input read(const Arguments& arguments) { return {arguments.id<ConnectionId>("connection")}; }

void process(const Caller& caller, const Input& input, Services& services, Then<base::Done> then) {
  auto connection = required(services.store.connections().find(input.connection), "connection");
  if (!connection.ok()) return then(std::move(connection).error());
  if (connection->owner != caller.user) return then(not_found("connection"));
  services.vault.forget(connection->id, [&services, owner = caller.user, id = connection->id,
                                         then = std::move(then)](base::Result<base::Done> forgotten) {
    if (!forgotten.ok()) return then(std::move(forgotten).error());
    then(remove(services, owner, id));
  });
}

}  // namespace x1::api::delete_connection
