#include "wire/jws.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "wire/json.hpp"

namespace x1::wire {
namespace {

constexpr std::size_t max_protected_bytes = 256;  // ours have about a hundred

base::Error bad_token(std::string_view why) { return {base::Code::invalid_token, std::string(why), ""}; }

std::string header(TokenType type, const std::string& key_id) {
  const Value header(Value::Object{{"alg", "EdDSA"}, {"kid", key_id}, {"typ", to_string(type)}});
  return base::base64url_encode(base::as_bytes(canonical_json(header)));
}

struct Parts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signed_text;  // header.payload
};

base::Result<Parts> split(std::string_view token) {
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  if (first == std::string_view::npos || first == last || token.find('.', first + 1) != last) {
    return bad_token("The token does not have three parts.");
  }
  return Parts{token.substr(0, first), token.substr(first + 1, last - first - 1), token.substr(last + 1),
               token.substr(0, last)};
}

base::Result<crypto::Signature> signature_from(std::string_view text) {
  crypto::Signature signature{};
  const auto bytes = base::base64url_decode(text);
  if (!bytes.ok() || bytes->size() != signature.size()) return bad_token("The token's signature is malformed.");
  std::ranges::copy(*bytes, signature.begin());
  return signature;
}

}  // namespace

std::string_view to_string(TokenType type) noexcept {
  switch (type) {
    case TokenType::turn: return "x1-turn+jws";
    case TokenType::consent: return "x1-consent+jws";
    case TokenType::ticket: return "x1-ticket+jws";
    case TokenType::receipt: return "x1-receipt+jws";
    case TokenType::release: return "x1-release+jws";
    case TokenType::event: return "x1-event+jws";
    case TokenType::audit: return "x1-audit+jws";
    case TokenType::control: return "x1-control+jws";
    case TokenType::challenge: return "x1-challenge+jws";
  }
  return "";
}

std::string sign_jws(TokenType type, const Value& payload, const crypto::SigningKey& key) {
  auto token = header(type, key.key_id());
  token.append(".").append(base::base64url_encode(base::as_bytes(canonical_json(payload))));
  const auto signature = key.sign(base::as_bytes(token));
  return token.append(".").append(base::base64url_encode(signature));
}

base::Result<Value> verify_jws(TokenType type, std::string_view token, std::span<const crypto::PublicKey> keys,
                               std::size_t max_bytes) {
  if (token.size() > max_bytes) {
    return base::Error{base::Code::too_large, "The token is longer than " + std::to_string(max_bytes) + " bytes.", ""};
  }
  X1_TRY(parts, split(token));
  // The header is compared, never decoded: there is one right text for each key, and so nothing to choose in it.
  const auto key =
      std::ranges::find_if(keys, [&](const crypto::PublicKey& known) { return names_key(type, parts.header, known); });
  if (key == keys.end()) return bad_token("The token is of another kind, or signed with a key that is not known here.");
  X1_TRY(signature, signature_from(parts.signature));
  if (!crypto::verify(*key, base::as_bytes(parts.signed_text), signature)) {
    return bad_token("The token's signature does not hold.");
  }
  const auto text = base::base64url_decode(parts.payload);
  if (!text.ok()) return bad_token("The token's payload is not base64url.");
  auto payload = parse_json(base::as_text(*text), JsonLimits{.bytes = max_bytes});
  if (!payload.ok()) return bad_token("The token's payload is not JSON.");
  // One payload, one text: a second verifier sees the same members in the same bytes.
  if (canonical_json(*payload) != base::as_text(*text)) return bad_token("The token's payload is not canonical JSON.");
  return payload;
}

bool names_key(TokenType type, std::string_view token, const crypto::PublicKey& key) {
  return token.substr(0, token.find('.')) == header(type, crypto::key_id(key));
}

std::optional<TokenType> claimed_type(std::string_view token) {
  using enum TokenType;
  constexpr std::array types{turn, consent, ticket, receipt, release, event, audit, control, challenge};
  const auto header = token.substr(0, token.find('.'));
  if (header.size() > max_protected_bytes) return std::nullopt;
  const auto text = base::base64url_decode(header);
  if (!text.ok()) return std::nullopt;
  const auto members = parse_json(base::as_text(*text), JsonLimits{.bytes = max_protected_bytes});
  const auto* claim = members.ok() ? members->find_string("typ") : nullptr;
  if (claim == nullptr) return std::nullopt;
  const auto found = std::ranges::find_if(types, [&](TokenType type) { return to_string(type) == *claim; });
  return found == types.end() ? std::nullopt : std::optional(*found);
}

}  // namespace x1::wire
