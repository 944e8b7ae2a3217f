// The command line of x1-vault.
#pragma once

#include <span>
#include <string>

#include "base/result.hpp"
#include "crypto/sealed_box.hpp"
#include "policy/key_set.hpp"

namespace x1::vault {

struct Options {
  std::string state;                // --state DIR: its own folder
  int supervisor = -1;              // --supervisor FD
  int dialer = -1;                  // --dialer FD: seam to the dialer that tries logins
  int ready = -1;                   // --ready FD: gets the public keys, "BOX AUDIT\n", once the vault serves
  crypto::BoxPublicKey dialer_key;  // --dialer-key TEXT: what that dialer wrote to its --ready
  policy::KeySet api_keys;          // --api-keys JSON: who signs turns and consents
  std::uint16_t platform_port = 0;  // --platform-port N: of the platform's own interface; no connection leads there
};

// Each flag exactly once, nothing else. `arguments` without the program's name.
[[nodiscard]] base::Result<Options> read_options(std::span<const std::string> arguments);

}  // namespace x1::vault
