#include "api/delete_connection.hpp"

#include "api/access.hpp"
#include "api/platform_audit.hpp"
#include "api/revocation.hpp"

namespace x1::api::delete_connection {
namespace {

base::Result<base::Done> remove(Services& services, const ConnectionRecord& connection) {
  std::vector<SessionId> told;
  X1_TRY(committed, services.store.transaction([&]() -> Status {
    X1_TRY(withdrawn, withdraw(services, connection));
    told = std::move(withdrawn);
    X1_TRY(removed, services.store.connections().remove(connection.id));
    audit::Entry entry;
    entry.kind = "connection.forgotten";
    entry.actor = connection.owner.text();
    entry.target = connection.id.text();
    entry.outcome = "ok";
    return audit_row(services, std::move(entry));
  }));
  for (const auto& session : told)
    services.announcer.control_waits(session);
  return base::Done{};
}

}  // namespace

Input read(const Arguments& arguments) { return {arguments.id<ConnectionId>("connection")}; }

void process(const Caller& caller, const Input& input, Services& services, Then<base::Done> then) {
  auto connection = required(services.store.connections().find(input.connection), "connection");
  if (!connection.ok()) return then(std::move(connection).error());
  if (connection->owner != caller.user) return then(not_found("connection"));
  services.vault.forget(
      connection->id, connection->owner,
      [&services, connection = *connection, then = std::move(then)](base::Result<base::Done> forgotten) {
        if (!forgotten.ok()) return then(std::move(forgotten).error());
        then(remove(services, connection));
      });
}

}  // namespace x1::api::delete_connection
