// GET and POST /passkeys, POST /passkeys/remove: the passkeys that the vault has pinned for the caller. The API hands
// on what the caller asks for; whether an earlier passkey has agreed, the vault finds out.
#pragma once

#include "api/arguments.hpp"
#include "api/services.hpp"

namespace x1::api {

// {"revision", "items"}, as the vault tells it, in the form of the interface.
struct PinnedPasskeys {
  wire::Value value;
};

namespace list_passkeys {
struct Input {};
[[nodiscard]] Input read(const Arguments& arguments);
void process(const Caller& caller, const Input& input, Services& services, Then<PinnedPasskeys> then);
}  // namespace list_passkeys

namespace change_passkey {
struct Input {
  std::string id;
  std::string public_key;
  std::string rp_id;
  std::string origin;
  std::string assertion;  // empty: none
};
[[nodiscard]] Input read(const Arguments& arguments);
// Fail with invalid_request, or as the vault does: passkey_required, invalid_token, conflict, not_found, too_many.
void add(const Caller& caller, const Input& input, Services& services, Then<PinnedPasskeys> then);
void remove(const Caller& caller, const Input& input, Services& services, Then<PinnedPasskeys> then);
}  // namespace change_passkey

}  // namespace x1::api
