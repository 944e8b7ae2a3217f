#include "api/bus_identities.hpp"

#include <algorithm>
#include <filesystem>

#include "base/encoding.hpp"
#include "os/file.hpp"
#include "policy/manifest.hpp"
#include "wire/fields.hpp"
#include "wire/json.hpp"
#include "wire/nkey.hpp"

namespace x1::api {
namespace {

// As long as a session may last: renewing while it runs is not built yet, and a broker that is cut off loses its
// session. The vault and the gate of a session know nothing of this key; it opens the bus and nothing else.
constexpr base::Duration session_life = std::chrono::hours(12);
constexpr base::Duration own_life = std::chrono::hours(1);

base::Error malformed(std::string_view what) {
  return base::Error{base::Code::invalid_token, "bus.json: the " + std::string(what) + " is malformed.", ""};
}

base::Result<crypto::SigningKey> key_from(std::string_view seed) {
  X1_TRY(secret, crypto::Secret::copy_of(base::as_bytes(seed)));
  return wire::nkey::key_from_seed_text(secret);
}

// "A…": a role byte, the key, a checksum. Reading it is making it again and comparing.
base::Result<crypto::PublicKey> account_from(const std::string& text) {
  X1_TRY(bytes, base::base32_decode(text));
  crypto::PublicKey key;
  if (bytes.size() != key.bytes.size() + 3) return malformed("account");
  std::copy_n(bytes.begin() + 1, key.bytes.size(), key.bytes.begin());
  if (wire::nkey::public_text(wire::nkey::Role::account, key) != text) return malformed("account");
  return key;
}

}  // namespace

base::Result<MintedIdentities::Keys> MintedIdentities::read_keys(const std::string& bus_json) {
  X1_TRY(value, wire::parse_json(bus_json));
  wire::Fields fields(value, "bus.json");
  const auto account_text = fields.string("account");
  const auto sidecar_seed = fields.string("sidecar_seed");
  const auto provider_seed = fields.string("provider_seed");
  const auto api_seed = fields.string("api_seed");
  X1_TRY(finished, fields.finish());
  X1_TRY(account, account_from(account_text));
  X1_TRY(sidecar, key_from(sidecar_seed));
  X1_TRY(provider, key_from(provider_seed));
  X1_TRY(api, key_from(api_seed));
  return Keys{account, std::move(sidecar), std::move(provider), std::move(api)};
}

base::Result<std::unique_ptr<MintedIdentities>> MintedIdentities::from(const std::string& bus_json,
                                                                       std::vector<std::string> domains,
                                                                       const base::Clock& clock) {
  X1_TRY(keys, read_keys(bus_json));
  return std::make_unique<MintedIdentities>(std::move(keys), std::move(domains), clock);
}

base::Result<std::string> MintedIdentities::mint(const crypto::SigningKey& role, const std::string& name,
                                                 base::Duration life) const {
  X1_TRY(user, crypto::SigningKey::generate());
  const auto now = clock_.now();
  const auto jwt = wire::nkey::user_jwt(role, keys_.account, user.public_key(), name, now, now + life);
  X1_TRY(text, wire::nkey::credentials(jwt, user));
  // The one place where a secret of the API's becomes text: it travels to the supervisor, which hands it on in a pipe.
  return std::string(base::as_text(text.expose()));
}

base::Result<std::string> MintedIdentities::sidecar(const SessionId& session) {
  return mint(keys_.sidecar, session.text(), session_life);
}

base::Result<std::vector<seam::launch::ProviderStart>> MintedIdentities::providers(const SessionId& session) {
  std::vector<seam::launch::ProviderStart> starts;
  for (const auto& domain : domains_) {
    X1_TRY(credentials, mint(keys_.provider, session.text() + "." + domain, session_life));
    starts.push_back({domain, std::move(credentials)});
  }
  return starts;
}

base::Result<nats::Identity> MintedIdentities::own() const {
  X1_TRY(credentials, mint(keys_.api, "api", own_life));
  return nats::identity_from(credentials);
}

base::Result<std::vector<std::string>> domains_in(const std::string& folder) {
  std::vector<std::string> domains;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(folder, error)) {
    if (file.path().extension() != ".json") continue;
    X1_TRY(text, os::read_file(file.path().string()));
    X1_TRY(value, wire::parse_json(text));
    X1_TRY(manifest, policy::manifest_from(value));
    domains.push_back(manifest.domain);
  }
  if (error) return base::Error{base::Code::not_found, "The folder of manifests can't be read.", "give --manifests"};
  std::ranges::sort(domains);
  return domains;
}

}  // namespace x1::api
