#include "api/logout.hpp"

#include "api/platform_audit.hpp"

namespace x1::api::logout {

Input read(const Arguments&) { return {}; }

base::Result<base::Done> process(const Caller& caller, const Input&, Services& services) {
  X1_TRY(committed, services.store.transaction([&]() -> Status {
    X1_TRY(removed, services.store.people().remove_login(caller.token_hash));
    audit::Entry entry;
    entry.kind = "logout";
    entry.actor = caller.user.text();
    entry.outcome = "ok";
    return audit_row(services, std::move(entry));
  }));
  services.announcer.logged_out(caller.token_hash);
  return base::Done{};
}

}  // namespace x1::api::logout
