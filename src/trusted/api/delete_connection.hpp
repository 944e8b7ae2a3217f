// DELETE /connections/{connection}: the vault forgets the credential, then the reference goes, and with
// it every grant and every open question on the connection.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::delete_connection {

struct Input {
  ConnectionId connection;
};
[[nodiscard]] Input read(const Arguments& arguments);
void process(const Caller& caller, const Input& input, Services& services, Then<base::Done> then);

}  // namespace x1::api::delete_connection
