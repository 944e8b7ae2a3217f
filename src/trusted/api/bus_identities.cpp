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

// Renewed while the session runs (broker/renewal.hpp): not renewing is revoking. Long enough for an API that has to be
// started again.
constexpr base::Duration identity_life = std::chrono::minutes(15);

base::Result<crypto::SigningKey> key_from(std::string_view seed) {
  X1_TRY(secret, crypto::Secret::copy_of(base::as_bytes(seed)));
  return wire::nkey::key_from_seed_text(secret);
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
  X1_TRY(account, wire::nkey::public_from_text(wire::nkey::Role::account, account_text));
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

base::Result<std::string> MintedIdentities::mint(const crypto::SigningKey& role, const std::string& name) const {
  X1_TRY(user, crypto::SigningKey::generate());
  const auto now = clock_.now();
  const auto jwt = wire::nkey::user_jwt(role, keys_.account, user.public_key(), name, now, now + identity_life);
  X1_TRY(text, wire::nkey::credentials(jwt, user));
  // The one place where a secret of the API's becomes text: it travels to the supervisor, which hands it on in a pipe.
  return std::string(base::as_text(text.expose()));
}

base::Result<std::string> MintedIdentities::sidecar(const SessionId& session) {
  return mint(keys_.sidecar, session.text());
}

base::Result<std::vector<seam::launch::ProviderStart>> MintedIdentities::providers(const SessionId& session) {
  std::vector<seam::launch::ProviderStart> starts;
  for (const auto& domain : domains_) {
    X1_TRY(start, provider(session, domain));
    starts.push_back(std::move(start));
  }
  return starts;
}

base::Result<seam::launch::ProviderStart> MintedIdentities::provider(const SessionId& session,
                                                                     const std::string& domain) {
  if (std::ranges::find(domains_, domain) == domains_.end()) {
    return base::Error{base::Code::not_found, "There is no provider of that domain.", ""};
  }
  X1_TRY(credentials, mint(keys_.provider, session.text() + "." + domain));
  return seam::launch::ProviderStart{domain, std::move(credentials)};
}

base::Result<std::string> MintedIdentities::renew(const SessionId& session, std::string_view jwt) {
  const auto now = clock_.now();
  const auto again = [&](const crypto::SigningKey& role, const wire::nkey::User& user) {
    return wire::nkey::user_jwt(role, keys_.account, user.key, user.name, now, now + identity_life);
  };
  const auto sidecar = wire::nkey::user_from_jwt(jwt, keys_.sidecar.public_key(), now);
  if (sidecar.ok() && sidecar->name == session.text()) return again(keys_.sidecar, *sidecar);
  const auto provider = wire::nkey::user_from_jwt(jwt, keys_.provider.public_key(), now);
  if (provider.ok() && provider->name.starts_with(session.text() + ".")) return again(keys_.provider, *provider);
  return base::Error{base::Code::forbidden, "This is no user of the bus of this session.", ""};
}

base::Result<nats::Identity> MintedIdentities::own() const {
  X1_TRY(user, crypto::SigningKey::generate());
  X1_TRY(seed, wire::nkey::seed_text(wire::nkey::Role::user, user));
  const auto now = clock_.now();
  return nats::Identity{
      wire::nkey::user_jwt(keys_.api, keys_.account, user.public_key(), "api", now, now + identity_life),
      std::string(base::as_text(seed.expose()))};
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
