// The bus identities that the API mints: users of the scoped signing keys in bus.json. The keys of operator and account
// are not here; what a user may do is written in the account, not in what is signed here.
#pragma once

#include <string>
#include <vector>

#include "api/services.hpp"
#include "crypto/signing.hpp"
#include "nats/client.hpp"

namespace x1::api {

class MintedIdentities final : public BusIdentities {
 public:
  struct Keys {
    crypto::PublicKey account;
    crypto::SigningKey sidecar;
    crypto::SigningKey provider;
    crypto::SigningKey api;
  };
  MintedIdentities(Keys keys, std::vector<std::string> domains, const base::Clock& clock)
      : keys_(std::move(keys)), domains_(std::move(domains)), clock_(clock) {}

  // From the text of bus.json; `domains` are those of the manifests. The clock outlives it.
  [[nodiscard]] static base::Result<std::unique_ptr<MintedIdentities>> from(const std::string& bus_json,
                                                                            std::vector<std::string> domains,
                                                                            const base::Clock& clock);

  base::Result<std::string> sidecar(const SessionId& session) override;
  base::Result<std::vector<seam::launch::ProviderStart>> providers(const SessionId& session) override;
  base::Result<seam::launch::ProviderStart> provider(const SessionId& session, const std::string& domain) override;
  base::Result<std::string> renew(const SessionId& session, std::string_view jwt) override;
  // The API's own, made anew at each connect. Called from a thread of libnats: reads only what never changes.
  [[nodiscard]] base::Result<nats::Identity> own() const;

 private:
  [[nodiscard]] base::Result<std::string> mint(const crypto::SigningKey& role, const std::string& name) const;
  static base::Result<Keys> read_keys(const std::string& bus_json);
  Keys keys_;
  std::vector<std::string> domains_;
  const base::Clock& clock_;
};

// The domains of the manifests (JSON, one a file) in a folder.
[[nodiscard]] base::Result<std::vector<std::string>> domains_in(const std::string& folder);

}  // namespace x1::api
