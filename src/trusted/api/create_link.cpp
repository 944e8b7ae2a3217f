#include "api/create_link.hpp"

#include "api/logins.hpp"
#include "api/platform_audit.hpp"

namespace x1::api::create_link {

Input read(const Arguments&) { return {}; }

base::Result<Output> process(const Caller& caller, const Input&, Services& services) {
  const auto now = services.clock.now();
  const Output made{new_token(services.random), now + link_life};
  X1_TRY(committed, services.store.transaction([&]() -> Status {
    X1_TRY(cleaned, services.store.people().remove_expired(now));
    X1_TRY(added, services.store.people().add_link(Login{hash_of_token(made.link), caller.user, made.expires}));
    audit::Entry entry;
    entry.kind = "link.created";
    entry.actor = caller.user.text();
    entry.outcome = "ok";
    return audit_row(services, std::move(entry));
  }));
  return made;
}

}  // namespace x1::api::create_link
