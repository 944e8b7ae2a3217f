#include "api/health.hpp"

#include "api/platform_audit.hpp"

namespace x1::api::health {

Input read(const Arguments&) { return {}; }

void process(const Input&, Services& services, Then<base::Done> then) {
  auto head = services.store.journal().head(std::string(platform_chain));
  if (!head.ok()) return then(std::move(head).error());
  then(base::Done{});
}

}  // namespace x1::api::health
