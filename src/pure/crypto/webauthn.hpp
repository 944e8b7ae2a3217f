// Assertions by passkeys: what WebAuthn Level 2 asks a relying party to verify (section 7.2), for the two kinds of key
// that authenticators have (ES256 and EdDSA) and nothing else. There is no CBOR, DER or JSON to parse: keys, client
// data and authenticator data each have one accepted layout, which is compared.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/digest.hpp"
#include "crypto/signing.hpp"

namespace x1::crypto {

inline constexpr std::size_t max_client_data = 1024;  // bytes
inline constexpr std::size_t authenticator_data_bytes = 37;
inline constexpr std::size_t max_assertion_signature = 72;  // bytes; of ES256, in DER

// Whom a passkey answers: the id that its authenticator hashes, and the origin that its client writes down.
struct RelyingParty {
  std::string id;      // "x1.example"
  std::string origin;  // "https://x1.example"
  bool operator==(const RelyingParty&) const = default;
};
// Both printable ASCII without '"' and '\\', 1 to 256 characters, so that client data has one text for them.
[[nodiscard]] bool is_relying_party(const RelyingParty& party) noexcept;

// The public half of a passkey.
class PasskeyPublicKey {
 public:
  enum class Algorithm { es256, eddsa };

  // From a SubjectPublicKeyInfo (RFC 5480, RFC 8410), as WebAuthn's getPublicKey() gives it: P-256 with an uncompressed
  // point on the curve, or Ed25519. Anything else is invalid_request.
  [[nodiscard]] static base::Result<PasskeyPublicKey> from_spki(base::BytesView spki);
  [[nodiscard]] static PasskeyPublicKey from(const PublicKey& key);

  [[nodiscard]] Algorithm algorithm() const noexcept { return algorithm_; }
  [[nodiscard]] base::Bytes spki() const;
  // Whether the signature is this key's over exactly these bytes.
  [[nodiscard]] bool verify(base::BytesView message, base::BytesView signature) const noexcept;
  bool operator==(const PasskeyPublicKey&) const = default;

 private:
  PasskeyPublicKey(Algorithm algorithm, base::Bytes raw) : algorithm_(algorithm), raw_(std::move(raw)) {}
  Algorithm algorithm_;
  base::Bytes raw_;  // the point (65 bytes), or the Ed25519 key (32)
};

// What an authenticator and its client answered.
struct PasskeyAssertion {
  std::string client_data;         // clientDataJSON
  base::Bytes authenticator_data;  // without extensions
  base::Bytes signature;
  bool operator==(const PasskeyAssertion&) const = default;
};

// The signature counter, if the person touched (UP) and was verified by (UV) the authenticator that holds `key`, for
// `party` and for exactly this challenge. Otherwise invalid_token, with the reason in the message.
[[nodiscard]] base::Result<std::uint32_t> verify_assertion(const PasskeyAssertion& assertion,
                                                           const PasskeyPublicKey& key, const RelyingParty& party,
                                                           const Digest& challenge);

// Whether a counter may follow the one that was seen last (section 6.1.1): a step back betrays a copied key. An
// authenticator without a counter always says zero.
[[nodiscard]] constexpr bool counter_may_follow(std::uint32_t last, std::uint32_t now) noexcept {
  return (last == 0 && now == 0) || now > last;
}

// An authenticator in software: what a hardware one does once its owner has touched it.
[[nodiscard]] PasskeyAssertion make_assertion(const SigningKey& key, const RelyingParty& party, const Digest& challenge,
                                              std::uint32_t counter);

}  // namespace x1::crypto
