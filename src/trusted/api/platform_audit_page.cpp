#include "api/platform_audit_page.hpp"

#include "api/platform_audit.hpp"

namespace x1::api::platform_audit_page {

Input read(const Arguments& arguments) { return {arguments.optional_number("after").value_or(0)}; }

base::Result<AuditPage> process(const Caller&, const Input& input, Services& services) {
  X1_TRY(page, audit_page(services, std::string(platform_chain), input.after));
  X1_TRY(keys, services.store.journal().keys());
  page.keys = std::move(keys);
  return page;
}

}  // namespace x1::api::platform_audit_page
