#include "crypto/webauthn.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/encoding.hpp"

namespace x1::crypto {
namespace {

using base::Bytes;
using base::BytesView;
using base::Code;
using base::Error;

// All of a SubjectPublicKeyInfo that stands before the key itself: algorithm and lengths are fixed.
constexpr std::array<std::uint8_t, 26> p256_prefix{0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                                   0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                                   0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
constexpr std::array<std::uint8_t, 12> ed25519_prefix{0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                                      0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
constexpr std::size_t point_bytes = 65;  // 0x04, x, y
constexpr std::uint8_t uncompressed = 0x04;

// Flags of authenticator data (section 6.1).
constexpr std::uint8_t user_present = 0x01;
constexpr std::uint8_t user_verified = 0x04;
constexpr std::uint8_t backup_eligible = 0x08;
constexpr std::uint8_t backed_up = 0x10;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using ParametersBuilder = std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)>;
using Parameters = std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)>;

// Nothing when the point is not on the curve.
Key p256_key(BytesView point) noexcept {
  Key none(nullptr, &EVP_PKEY_free);
  // No file decides what a signature is: without this, the first use would read openssl.cnf.
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  const ParametersBuilder builder(OSSL_PARAM_BLD_new(), &OSSL_PARAM_BLD_free);
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
    return none;
  }
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder.get()), &OSSL_PARAM_free);
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), &EVP_PKEY_CTX_free);
  EVP_PKEY* made = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return none;
  }
  return {made, &EVP_PKEY_free};
}

bool verify_es256(BytesView point, BytesView message, BytesView signature) noexcept {
  const auto key = p256_key(point);
  const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (!key || !context || signature.size() > max_assertion_signature) return false;
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
}

bool verify_eddsa(BytesView raw, BytesView message, BytesView signature) noexcept {
  PublicKey key;
  Signature bytes{};
  if (raw.size() != key.bytes.size() || signature.size() != bytes.size()) return false;
  std::ranges::copy(raw, key.bytes.begin());
  std::ranges::copy(signature, bytes.begin());
  return crypto::verify(key, message, bytes);
}

bool begins_with(BytesView bytes, BytesView prefix) noexcept {
  return bytes.size() >= prefix.size() && std::ranges::equal(bytes.first(prefix.size()), prefix);
}

bool is_printable(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 256 &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '\\'; });
}

// How every client begins (section 5.8.1.1), up to where members may be added.
std::string client_data_prefix(const RelyingParty& party, const Digest& challenge) {
  return R"({"type":"webauthn.get","challenge":")" + base::base64url_encode(challenge.bytes) + R"(","origin":")" +
         party.origin + R"(","crossOrigin":false)";
}

// The limited verification of section 5.8.1.2: what counts is compared, what a client may add after it counts nothing.
bool is_client_data(std::string_view text, const RelyingParty& party, const Digest& challenge) {
  const auto prefix = client_data_prefix(party, challenge);
  if (text.size() > max_client_data || !text.starts_with(prefix)) return false;
  const auto rest = text.substr(prefix.size());
  return rest == "}" || (rest.starts_with(",\"") && rest.ends_with('}'));
}

Bytes signed_bytes(const PasskeyAssertion& assertion) {
  Bytes bytes = assertion.authenticator_data;
  const auto hash = sha256(assertion.client_data);
  bytes.insert(bytes.end(), hash.bytes.begin(), hash.bytes.end());
  return bytes;
}

Error refused(std::string_view why) { return {Code::invalid_token, std::string(why), "Confirm the question again."}; }

}  // namespace

bool is_relying_party(const RelyingParty& party) noexcept {
  return is_printable(party.id) && is_printable(party.origin);
}

base::Result<PasskeyPublicKey> PasskeyPublicKey::from_spki(BytesView spki) {
  if (begins_with(spki, p256_prefix) && spki.size() == p256_prefix.size() + point_bytes) {
    const auto point = spki.subspan(p256_prefix.size());
    if (point.front() == uncompressed && p256_key(point)) {
      return PasskeyPublicKey(Algorithm::es256, Bytes(point.begin(), point.end()));
    }
  } else if (begins_with(spki, ed25519_prefix) && spki.size() == ed25519_prefix.size() + PublicKey{}.bytes.size()) {
    const auto raw = spki.subspan(ed25519_prefix.size());
    return PasskeyPublicKey(Algorithm::eddsa, Bytes(raw.begin(), raw.end()));
  }
  return Error{Code::invalid_request, "The passkey's public key is neither P-256 nor Ed25519.", ""};
}

PasskeyPublicKey PasskeyPublicKey::from(const PublicKey& key) {
  return {Algorithm::eddsa, Bytes(key.bytes.begin(), key.bytes.end())};
}

Bytes PasskeyPublicKey::spki() const {
  Bytes spki;
  if (algorithm_ == Algorithm::es256) spki.assign(p256_prefix.begin(), p256_prefix.end());
  if (algorithm_ == Algorithm::eddsa) spki.assign(ed25519_prefix.begin(), ed25519_prefix.end());
  spki.insert(spki.end(), raw_.begin(), raw_.end());
  return spki;
}

bool PasskeyPublicKey::verify(BytesView message, BytesView signature) const noexcept {
  return algorithm_ == Algorithm::es256 ? verify_es256(raw_, message, signature)
                                        : verify_eddsa(raw_, message, signature);
}

base::Result<std::uint32_t> verify_assertion(const PasskeyAssertion& assertion, const PasskeyPublicKey& key,
                                             const RelyingParty& party, const Digest& challenge) {
  const BytesView data = assertion.authenticator_data;
  if (!is_relying_party(party)) return refused("The passkey is for no party that there can be.");
  if (!is_client_data(assertion.client_data, party, challenge)) {
    return refused("The passkey's answer is to something else, or for another origin.");
  }
  if (data.size() != authenticator_data_bytes) return refused("The passkey's authenticator data are malformed.");
  if (!begins_with(data, sha256(party.id).bytes)) return refused("The passkey's answer is for another party.");
  const auto flags = data[sizeof(Digest)];
  if ((flags & user_present) == 0) return refused("Nobody touched the passkey.");
  if ((flags & user_verified) == 0) return refused("The passkey did not check who touched it.");
  if ((flags & ~(user_present | user_verified | backup_eligible | backed_up)) != 0) {
    return refused("The passkey's authenticator data are malformed.");
  }
  if (!key.verify(signed_bytes(assertion), assertion.signature)) {
    return refused("The passkey's signature does not hold.");
  }
  std::uint32_t counter = 0;
  for (const auto byte : data.last(sizeof counter))
    counter = counter << 8U | byte;
  return counter;
}

PasskeyAssertion make_assertion(const SigningKey& key, const RelyingParty& party, const Digest& challenge,
                                std::uint32_t counter) {
  PasskeyAssertion assertion{client_data_prefix(party, challenge) + "}", {}, {}};
  const auto party_hash = sha256(party.id);
  auto& data = assertion.authenticator_data;
  data.assign(party_hash.bytes.begin(), party_hash.bytes.end());
  data.push_back(user_present | user_verified);
  for (unsigned shift = 32; shift > 0; shift -= 8)
    data.push_back(static_cast<std::uint8_t>(counter >> (shift - 8)));
  const auto signature = key.sign(signed_bytes(assertion));
  assertion.signature.assign(signature.begin(), signature.end());
  return assertion;
}

}  // namespace x1::crypto
