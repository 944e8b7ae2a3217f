// POST /connections: a credential, sealed to the vault, is tried and kept; what is stored here is a reference.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api::create_connection {

struct Input {
  base::Bytes record;
};
[[nodiscard]] Input read(const Arguments& arguments);
// Fails as the vault does: the login was refused, the address, the certificate, or nobody answered.
void process(const Caller& caller, const Input& input, Services& services, Then<ConnectionRecord> then);

}  // namespace x1::api::create_connection
