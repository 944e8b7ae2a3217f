#include "api/list_accounts.hpp"

namespace x1::api::list_accounts {

Input read(const Arguments&) { return {}; }

base::Result<std::vector<User>> process(const Caller&, const Input&, Services& services) {
  return services.store.people().users();
}

}  // namespace x1::api::list_accounts
