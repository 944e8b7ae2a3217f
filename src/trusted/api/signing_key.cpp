#include "api/signing_key.hpp"

#include <algorithm>

#include "api/logins.hpp"
#include "api/platform_audit.hpp"
#include "os/durable.hpp"
#include "os/file.hpp"
#include "wire/jws.hpp"

namespace x1::api {
namespace {

using base::Code;
using base::Error;

std::string seed_file(const std::string& state) { return state + "/signing.seed"; }
std::string next_file(const std::string& state) { return state + "/signing.next"; }

// The payload stays what it was, its times with it.
Status sign_again(Services& services, const ControlMessage& message, const crypto::PublicKey& before) {
  const auto type = message.challenge ? wire::TokenType::consent : wire::TokenType::control;
  const auto payload = wire::verify_jws(type, message.token, policy::Keys{&before, 1});
  // By an earlier key than the last: it was not signed again then, so it has outlived its time.
  if (!payload.ok()) return base::Done{};
  return services.store.outbox().set_token(message.id, wire::sign_jws(type, *payload, services.key));
}

Status sign_all_again(Services& services, const crypto::PublicKey& before, bool consents) {
  X1_TRY(sessions, services.store.outbox().waiting());
  for (const auto& session : sessions) {
    for (std::string last;;) {
      X1_TRY(message, services.store.outbox().next(session, last));
      if (!message) break;
      last = message->id;
      if (message->challenge && !consents) continue;
      X1_TRY(signed_again, sign_again(services, *message, before));
    }
  }
  return base::Done{};
}

Status follow(Services& services, const std::string& before, bool revoked) {
  X1_TRY(old_key, crypto::public_key_from_text(before));
  audit::Entry entry;
  entry.kind = "keys.rotated";
  entry.actor = owner_id().text();
  entry.outcome = "ok";
  entry.detail = wire::Value::Object{
      {"key", crypto::to_text(services.key.public_key())}, {"before", before}, {"revoked", revoked}};
  X1_TRY(written, audit_row(services, std::move(entry)));
  return sign_all_again(services, old_key, revoked);
}

// The key before the last, which had been followed already: what is left to do for its revocation.
Status revoke_before(Services& services, const std::vector<std::string>& keys) {
  if (keys.size() < 2) return base::Done{};
  X1_TRY(before, crypto::public_key_from_text(*(keys.end() - 2)));
  audit::Entry entry;
  entry.kind = "keys.revoked";
  entry.actor = owner_id().text();
  entry.outcome = "ok";
  entry.detail = wire::Value::Object{{"before", crypto::to_text(before)}};
  X1_TRY(written, audit_row(services, std::move(entry)));
  return sign_all_again(services, before, true);
}

}  // namespace

base::Result<crypto::SigningKey> read_signing_key(const std::string& path) {
  X1_TRY(bytes, os::read_file(path, 64));
  auto seed = crypto::Secret::copy_of(base::as_bytes(bytes));
  crypto::wipe({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
  if (!seed.ok()) return std::move(seed).error();
  return crypto::SigningKey::from_seed(*seed);
}

base::Result<crypto::PublicKey> make_next_key(const std::string& state) {
  X1_TRY(key, crypto::SigningKey::generate());
  X1_TRY(seed, key.seed());
  X1_TRY(written, os::write_file(next_file(state), base::as_text(seed.expose()), 0600));
  return key.public_key();
}

base::Result<crypto::SigningKey> take_next_key(const std::string& state, std::string_view key) {
  X1_TRY(next, read_signing_key(next_file(state)));
  if (crypto::to_text(next.public_key()) != key) {
    return Error{Code::conflict, "The key that was made is not the one to be used.", "Rotate again."};
  }
  X1_TRY(moved, os::rename_file(next_file(state), seed_file(state)));
  return next;
}

Status adopt_key(Services& services, bool revoked) {
  return services.store.transaction([&]() -> Status {
    auto& journal = services.store.journal();
    const auto ours = crypto::to_text(services.key.public_key());
    X1_TRY(keys, journal.keys());
    if (!keys.empty() && keys.back() == ours) return revoked ? revoke_before(services, keys) : Status(base::Done{});
    if (std::ranges::find(keys, ours) != keys.end()) {
      return Error{Code::storage_failed, "The API's signing key is an old one, which another has followed.",
                   "Restore api/ and keys/ from one backup."};
    }
    X1_TRY(added, journal.add_key(ours));
    return keys.empty() ? Status(base::Done{}) : follow(services, keys.back(), revoked);
  });
}

}  // namespace x1::api
