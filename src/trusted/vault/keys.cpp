#include "vault/keys.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "crypto/random.hpp"
#include "os/file.hpp"
#include "wire/json.hpp"

namespace x1::vault {
namespace {

using base::Code;
using base::Error;
using crypto::Secret;

constexpr std::size_t key_bytes = 32;
constexpr std::array names{"/storage.key", "/box.key", "/audit.seed"};

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

base::Status create(const std::string& path) {
  X1_TRY(secret, Secret::of_size(key_bytes));
  crypto::SystemRandom().fill(secret.fill());
  return os::write_file(path, base::as_text(secret.expose()), 0600);
}

base::Result<Secret> load(const std::string& path) {
  X1_TRY(text, os::read_file(path, key_bytes));
  auto secret = Secret::copy_of(base::as_bytes(text));
  crypto::wipe(std::span(reinterpret_cast<std::uint8_t*>(text.data()), text.size()));
  if (secret.ok() && secret->size() != key_bytes) {
    return Error{Code::storage_failed, path + " does not hold a key of 32 bytes.", ""};
  }
  return secret;
}

base::Status publish(const std::string& state, const Keys& keys) {
  const wire::Value value = wire::Value::Object{{"box", crypto::to_text(keys.box.public_key())},
                                                {"audit", crypto::to_text(keys.audit.public_key())}};
  return os::write_file(state + "/public.json", wire::canonical_json(value) + "\n", 0644);
}

}  // namespace

base::Result<Keys> load_or_create_keys(const std::string& state) {
  const auto there = std::ranges::count_if(names, [&](const char* name) { return exists(state + name); });
  // public.json is written last: without it a first start was cut short, and nothing was sealed or signed yet.
  const bool fresh = !exists(state + "/public.json") && !exists(state + "/audit.jsonl");
  if (!fresh && there != std::ssize(names)) {
    return Error{Code::storage_failed, "A key of the vault is missing.", "Restore its state folder from a backup."};
  }
  for (const auto* name : names) {
    if (exists(state + name)) continue;
    X1_TRY(created, create(state + name));
  }
  X1_TRY(storage_secret, load(state + names[0]));
  X1_TRY(box_secret, load(state + names[1]));
  X1_TRY(audit_seed, load(state + names[2]));
  X1_TRY(storage, crypto::StorageKey::from_secret(storage_secret));
  X1_TRY(box, crypto::BoxKey::from_secret(box_secret));
  X1_TRY(audit, crypto::SigningKey::from_seed(audit_seed));
  Keys keys{std::move(storage), std::move(box), std::move(audit)};
  X1_TRY(published, publish(state, keys));
  return keys;
}

}  // namespace x1::vault
