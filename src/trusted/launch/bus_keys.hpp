// The bus's keys, made once, at the first start, and read back ever after; and the settings of nats-server, written
// from them at each start. Operator and account keys stay in `offline`; the API gets scoped signing keys, whose
// templates fix every subject.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "launch/layout.hpp"
#include "wire/nkey.hpp"

namespace x1::launch {

inline constexpr std::uint16_t bus_port = 4222;

// The permission templates of the three kinds of bus users; {{name()}} is the user's name.
[[nodiscard]] wire::nkey::Permissions sidecar_permissions();
[[nodiscard]] wire::nkey::Permissions provider_permissions();
[[nodiscard]] wire::nkey::Permissions api_permissions();

// The text of nats.conf.
[[nodiscard]] std::string nats_settings(const std::string& operator_jwt, const std::string& account,
                                        const std::string& account_jwt);

// Makes whatever of offline/ and api/bus.json is not there yet, and writes nats/nats.conf. The folders exist.
[[nodiscard]] base::Status make_bus_keys(const Layout& layout, base::TimePoint now);

// What the vault said when it was ready ("BOX AUDIT"), as keys/vault.pub and keys/vault-audit.pub.
[[nodiscard]] base::Status keep_vault_keys(const Layout& layout, std::string_view said);

}  // namespace x1::launch
