#include "api/session_audit.hpp"

#include "api/access.hpp"

namespace x1::api::session_audit {

Input read(const Arguments& arguments) {
  return {arguments.id<SessionId>("session"), arguments.optional_number("after").value_or(0)};
}

base::Result<AuditPage> process(const Caller& caller, const Input& input, Services& services) {
  X1_TRY(session, session_for(services, caller, input.session, Role::owner));
  X1_TRY(page, audit_page(services, session.id.text(), input.after));
  X1_TRY(keys, services.store.sessions().boot_keys(session.id));
  page.keys = std::move(keys);
  return page;
}

}  // namespace x1::api::session_audit
