// GET /audit: the signed rows of the platform, at most 500 at a time; for the owner.
#pragma once

#include "api/arguments.hpp"
#include "api/audit_page.hpp"
#include "api/services.hpp"

namespace x1::api::platform_audit_page {

struct Input {
  std::uint64_t after = 0;
};
[[nodiscard]] Input read(const Arguments& arguments);
[[nodiscard]] base::Result<AuditPage> process(const Caller& caller, const Input& input, Services& services);

}  // namespace x1::api::platform_audit_page
