#include "api/me.hpp"

#include "api/access.hpp"

namespace x1::api::me {

Input read(const Arguments&) { return {}; }

base::Result<User> process(const Caller& caller, const Input&, Services& services) {
  return required(services.store.people().user(caller.user), "account");
}

}  // namespace x1::api::me
