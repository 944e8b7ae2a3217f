// The JWT half of nkey.hpp: claims of version 2, and .creds files.
#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "wire/json.hpp"
#include "wire/nkey.hpp"

namespace x1::wire::nkey {
namespace {

using base::Code;
using base::Error;

constexpr std::string_view header = R"({"typ":"JWT","alg":"ed25519-nkey"})";

std::string encode(std::string_view text) { return base::base64url_encode(base::as_bytes(text)); }

// A list that is empty allows nothing, where the server's own meaning would be "everything": say it by denying all.
Value subjects(const std::vector<std::string>& allowed) {
  Value::Array list(allowed.begin(), allowed.end());
  if (list.empty()) return Value(Value::Object{{"deny", Value::Array{">"}}});
  return Value(Value::Object{{"allow", std::move(list)}});
}

Value permissions_template(const Permissions& permissions) {
  Value::Object value{
      {"allowed_connection_types", Value::Array{"STANDARD"}},
      {"data", -1},
      {"payload", -1},
      {"pub", subjects(permissions.publish)},
      {"sub", subjects(permissions.subscribe)},
      {"subs", -1},
  };
  if (permissions.may_respond) value.emplace("resp", Value::Object{{"max", 1}, {"ttl", permissions.respond_within_ns}});
  return Value(std::move(value));
}

Value limits() {
  return Value(Value::Object{{"conn", -1},
                             {"data", -1},
                             {"exports", 0},
                             {"imports", 0},
                             {"leaf", 0},
                             {"payload", -1},
                             {"subs", -1},
                             {"wildcards", true}});
}

std::string sign(Value::Object claims, const crypto::SigningKey& key) {
  claims.emplace("jti", base::base32_encode(crypto::sha256(canonical_json(Value(claims))).bytes));
  auto token = encode(header) + "." + encode(canonical_json(Value(std::move(claims))));
  const auto signature = key.sign(base::as_bytes(token));
  return token.append(".").append(base::base64url_encode(signature));
}

Value::Object claims(std::string issuer, std::string subject, std::string_view name, base::TimePoint issued,
                     Value::Object nats) {
  return {{"iat", base::to_unix_seconds(issued)},
          {"iss", std::move(issuer)},
          {"name", name},
          {"nats", std::move(nats)},
          {"sub", std::move(subject)}};
}

constexpr std::string_view jwt_begin = "-----BEGIN NATS USER JWT-----\n";
constexpr std::string_view jwt_end = "\n------END NATS USER JWT------\n";
constexpr std::string_view seed_begin = "\n-----BEGIN USER NKEY SEED-----\n";
constexpr std::string_view seed_end = "\n------END USER NKEY SEED------\n";

// The text between two marks; empty when they are not there in this order.
base::BytesView between(base::BytesView text, std::string_view begin, std::string_view end) {
  const auto view = base::as_text(text);
  const auto first = view.find(begin);
  if (first == std::string_view::npos) return {};
  const auto start = first + begin.size();
  const auto stop = view.find(end, start);
  return stop == std::string_view::npos ? base::BytesView{} : text.subspan(start, stop - start);
}

}  // namespace

std::string operator_jwt(const crypto::SigningKey& operator_key, std::string_view name, base::TimePoint issued) {
  const auto key = public_text(Role::operator_, operator_key.public_key());
  return sign(claims(key, key, name, issued, {{"type", "operator"}, {"version", 2}}), operator_key);
}

std::string account_jwt(const crypto::SigningKey& operator_key, const crypto::PublicKey& account, std::string_view name,
                        const std::vector<ScopedKey>& scoped_keys, base::TimePoint issued) {
  Value::Array keys;
  for (const auto& scoped : scoped_keys) {
    keys.emplace_back(Value::Object{{"key", public_text(Role::account, scoped.key)},
                                    {"kind", "user_scope"},
                                    {"role", scoped.role},
                                    {"template", permissions_template(scoped.permissions)}});
  }
  Value::Object nats{{"limits", limits()}, {"signing_keys", std::move(keys)}, {"type", "account"}, {"version", 2}};
  return sign(claims(public_text(Role::operator_, operator_key.public_key()), public_text(Role::account, account), name,
                     issued, std::move(nats)),
              operator_key);
}

std::string user_jwt(const crypto::SigningKey& scoped_key, const crypto::PublicKey& account,
                     const crypto::PublicKey& user, std::string_view name, base::TimePoint issued,
                     base::TimePoint expires) {
  // No permissions here: the server takes them from the scoped key's template, and refuses a user that brings its own.
  Value::Object nats{{"issuer_account", public_text(Role::account, account)}, {"type", "user"}, {"version", 2}};
  auto body = claims(public_text(Role::account, scoped_key.public_key()), public_text(Role::user, user), name, issued,
                     std::move(nats));
  body.emplace("exp", base::to_unix_seconds(expires));
  return sign(std::move(body), scoped_key);
}

base::Result<User> user_from_jwt(std::string_view jwt, const crypto::PublicKey& scoped_key, base::TimePoint now) {
  const Error bad{Code::invalid_token, "This is not a user of the bus that was signed here.", ""};
  const auto start = encode(header) + ".";
  const auto last = jwt.rfind('.');
  if (!jwt.starts_with(start) || last < start.size()) return bad;
  const auto signed_by = base::base64url_decode(jwt.substr(last + 1));
  crypto::Signature signature{};
  if (!signed_by.ok() || signed_by->size() != signature.size()) return bad;
  std::ranges::copy(*signed_by, signature.begin());
  if (!crypto::verify(scoped_key, base::as_bytes(jwt.substr(0, last)), signature)) return bad;
  X1_TRY(body, base::base64url_decode(jwt.substr(start.size(), last - start.size())));
  X1_TRY(claims, parse_json(base::as_text(body)));
  const auto* subject = claims.find_string("sub");
  const auto* name = claims.find_string("name");
  const auto* expires = claims.find_integer("exp");
  if (subject == nullptr || name == nullptr || expires == nullptr) return bad;
  X1_TRY(key, public_from_text(Role::user, *subject));
  const auto end = base::from_unix_seconds(*expires);
  if (end <= now) return Error{Code::expired, "This user of the bus has expired.", ""};
  return User{key, *name, end};
}

base::Result<crypto::Secret> credentials(std::string_view jwt, const crypto::SigningKey& user) {
  X1_TRY(seed, seed_text(Role::user, user));
  const std::array<std::string_view, 6> parts{jwt_begin, jwt, jwt_end, seed_begin, base::as_text(seed.expose()),
                                              seed_end};
  std::size_t size = 0;
  for (const auto part : parts)
    size += part.size();
  X1_TRY(text, crypto::Secret::of_size(size));
  auto rest = text.fill();
  for (const auto part : parts) {
    std::ranges::copy(base::as_bytes(part), rest.begin());
    rest = rest.subspan(part.size());
  }
  return text;
}

base::Result<CredentialsText> credentials_in(base::BytesView text) {
  const CredentialsText found{between(text, jwt_begin, jwt_end), between(text, seed_begin, seed_end)};
  if (found.jwt.empty() || found.seed.empty()) return Error{Code::invalid_token, "The text is not a .creds file.", ""};
  return found;
}

base::Result<Credentials> credentials_from(const crypto::Secret& text) {
  X1_TRY(found, credentials_in(text.expose()));
  X1_TRY(seed, crypto::Secret::copy_of(found.seed));
  X1_TRY(user, key_from_seed_text(seed));
  return Credentials{std::string(base::as_text(found.jwt)), std::move(user)};
}

}  // namespace x1::wire::nkey
