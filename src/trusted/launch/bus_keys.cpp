#include "launch/bus_keys.hpp"

#include "os/file.hpp"
#include "wire/fields.hpp"
#include "wire/json.hpp"

namespace x1::launch {
namespace {

using base::Result;
using base::Status;
using wire::nkey::Role;

constexpr std::int64_t respond_within_ns = 30'000'000'000;

// One of the two places that see a secret's bytes here: a seed on its way into its file.
Status write_secret(const std::string& path, const crypto::Secret& secret) {
  return os::write_file(path, base::as_text(secret.expose()), 0600);
}

Result<crypto::Secret> read_secret(const std::string& path) {
  X1_TRY(text, os::read_file(path, 4096));
  auto secret = crypto::Secret::copy_of(base::as_bytes(text));
  crypto::wipe(std::span(reinterpret_cast<std::uint8_t*>(text.data()), text.size()));
  return secret;
}

Result<crypto::SigningKey> load_or_make(const std::string& path, Role role) {
  auto kept = read_secret(path);
  if (kept.ok()) return wire::nkey::key_from_seed_text(*kept);
  if (kept.error().code != base::Code::not_found) return std::move(kept).error();
  X1_TRY(key, crypto::SigningKey::generate());
  X1_TRY(seed, wire::nkey::seed_text(role, key));
  X1_TRY(written, write_secret(path, seed));
  return key;
}

struct ScopedKeys {
  crypto::SigningKey sidecar;
  crypto::SigningKey provider;
  crypto::SigningKey api;
};

Result<crypto::SigningKey> key_from(std::string_view seed) {
  X1_TRY(secret, crypto::Secret::copy_of(base::as_bytes(seed)));
  return wire::nkey::key_from_seed_text(secret);
}

Result<ScopedKeys> read_scoped_keys(const std::string& text) {
  X1_TRY(value, wire::parse_json(text));
  wire::Fields fields(value, "api/bus.json");
  const auto account = fields.string("account");
  const auto sidecar = fields.string("sidecar_seed");
  const auto provider = fields.string("provider_seed");
  const auto api = fields.string("api_seed");
  X1_TRY(finished, fields.finish());
  X1_TRY(sidecar_key, key_from(sidecar));
  X1_TRY(provider_key, key_from(provider));
  X1_TRY(api_key, key_from(api));
  return ScopedKeys{std::move(sidecar_key), std::move(provider_key), std::move(api_key)};
}

Result<std::string> seed_of(const crypto::SigningKey& key) {
  X1_TRY(seed, wire::nkey::seed_text(Role::account, key));
  return std::string(base::as_text(seed.expose()));
}

Result<ScopedKeys> load_or_make_scoped(const Layout& layout, const crypto::PublicKey& account) {
  auto kept = os::read_file(layout.api_bus(), 4096);
  if (kept.ok()) return read_scoped_keys(*kept);
  if (kept.error().code != base::Code::not_found) return std::move(kept).error();
  X1_TRY(sidecar, crypto::SigningKey::generate());
  X1_TRY(provider, crypto::SigningKey::generate());
  X1_TRY(api, crypto::SigningKey::generate());
  X1_TRY(sidecar_seed, seed_of(sidecar));
  X1_TRY(provider_seed, seed_of(provider));
  X1_TRY(api_seed, seed_of(api));
  const wire::Value value(wire::Value::Object{{"account", wire::nkey::public_text(Role::account, account)},
                                              {"sidecar_seed", sidecar_seed},
                                              {"provider_seed", provider_seed},
                                              {"api_seed", api_seed}});
  X1_TRY(written, os::write_file(layout.api_bus(), wire::canonical_json(value), 0600));
  return ScopedKeys{std::move(sidecar), std::move(provider), std::move(api)};
}

}  // namespace

wire::nkey::Permissions sidecar_permissions() {
  return {.publish = {"x1.api.session.{{name()}}.*", "x1.provider.{{name()}}.>"},
          .subscribe = {"x1.session.{{name()}}.control", "_INBOX.{{name()}}.>"},
          .may_respond = true,
          .respond_within_ns = respond_within_ns};
}

wire::nkey::Permissions provider_permissions() {
  return {.publish = {},
          .subscribe = {"x1.provider.{{name()}}.*"},
          .may_respond = true,
          .respond_within_ns = respond_within_ns};
}

wire::nkey::Permissions api_permissions() {
  return {.publish = {"x1.session.*.control"},
          .subscribe = {"x1.api.session.*.*", "_INBOX.api.>"},
          .may_respond = true,
          .respond_within_ns = respond_within_ns};
}

std::string nats_settings(const std::string& operator_jwt, const std::string& account, const std::string& account_jwt) {
  return "# Made by x1 at each start.\n"
         "host: \"127.0.0.1\"\n"
         "port: " +
         std::to_string(bus_port) +
         "\n"
         "server_name: \"x1\"\n"
         "max_payload: 8388608\n"
         "max_connections: 8192\n"
         // Two seconds are the server's own choice: on a loaded machine that turns away who is only late.
         "authorization: { timeout: 20 }\n"
         "operator: \"" +
         operator_jwt +
         "\"\n"
         "resolver: MEMORY\n"
         "resolver_preload: {\n  " +
         account + ": \"" + account_jwt + "\"\n}\n";
}

Status make_bus_keys(const Layout& layout, base::TimePoint now) {
  X1_TRY(operator_key, load_or_make(layout.operator_seed(), Role::operator_));
  X1_TRY(account_key, load_or_make(layout.account_seed(), Role::account));
  const auto& account = account_key.public_key();
  X1_TRY(scoped, load_or_make_scoped(layout, account));
  // Anew at each start: the settings and templates of this program hold, not those of the one that began the state.
  const std::vector<wire::nkey::ScopedKey> templates{{scoped.sidecar.public_key(), "sidecar", sidecar_permissions()},
                                                     {scoped.provider.public_key(), "provider", provider_permissions()},
                                                     {scoped.api.public_key(), "api", api_permissions()}};
  return os::write_file(
      layout.nats_settings(),
      nats_settings(wire::nkey::operator_jwt(operator_key, "x1", now), wire::nkey::public_text(Role::account, account),
                    wire::nkey::account_jwt(operator_key, account, "x1", templates, now)),
      0600);
}

base::Status keep_vault_keys(const Layout& layout, std::string_view said) {
  const auto space = said.find(' ');
  const auto audit = space == std::string_view::npos ? std::string_view() : said.substr(space + 1);
  // Both kinds of key have the same text form: 32 bytes of base64url.
  if (!crypto::public_key_from_text(said.substr(0, space)).ok() || !crypto::public_key_from_text(audit).ok()) {
    return base::Error{base::Code::unavailable, "The vault did not tell its public keys.", ""};
  }
  X1_TRY(box_kept, os::write_file(layout.vault_box_key(), std::string(said.substr(0, space)) + "\n", 0644));
  return os::write_file(layout.vault_audit_key(), std::string(audit) + "\n", 0644);
}

}  // namespace x1::launch
