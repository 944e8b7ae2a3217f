// The vault's own keys, made at its first start and never leaving its state folder: storage.key (files), box.key (what
// people seal to us), audit.seed (our rows). public.json tells the world the public halves.
#pragma once

#include <string>

#include "base/result.hpp"
#include "crypto/sealed_box.hpp"
#include "crypto/signing.hpp"
#include "crypto/storage_box.hpp"

namespace x1::vault {

struct Keys {
  crypto::StorageKey storage;
  crypto::BoxKey box;
  crypto::SigningKey audit;
};

// Makes the keys in an empty folder. A folder that has some of them but not all is refused: a key that is made anew
// would orphan what the old one sealed, or break the chain that it signed.
[[nodiscard]] base::Result<Keys> load_or_create_keys(const std::string& state);

}  // namespace x1::vault
