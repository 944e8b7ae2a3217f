#include "api/list_connections.hpp"

namespace x1::api::list_connections {

Input read(const Arguments&) { return {}; }

base::Result<std::vector<ConnectionRecord>> process(const Caller& caller, const Input&, Services& services) {
  return services.store.connections().of(caller.user);
}

}  // namespace x1::api::list_connections
