#include "crypto/webauthn.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <functional>
#include <vector>

#include "base/encoding.hpp"

namespace x1::crypto {
namespace {

using base::Bytes;

const RelyingParty party{"x1.example", "https://x1.example"};

Digest shown() { return sha256("what was shown"); }

SigningKey fixed_key(std::uint8_t first = 1) {
  auto seed = Secret::of_size(32);
  REQUIRE(seed.ok());
  seed->fill().front() = first;
  auto key = SigningKey::from_seed(*seed);
  REQUIRE(key.ok());
  return std::move(key).value();
}

PasskeyPublicKey public_half(const SigningKey& key) { return PasskeyPublicKey::from(key.public_key()); }

bool holds(const PasskeyAssertion& assertion) {
  return verify_assertion(assertion, public_half(fixed_key()), party, shown()).ok();
}

// Signs anew what was changed, so that only the change can be why it is refused.
PasskeyAssertion signed_anew(PasskeyAssertion assertion) {
  auto bytes = assertion.authenticator_data;
  const auto hash = sha256(assertion.client_data);
  bytes.insert(bytes.end(), hash.bytes.begin(), hash.bytes.end());
  const auto signature = fixed_key().sign(bytes);
  assertion.signature.assign(signature.begin(), signature.end());
  return assertion;
}

constexpr std::string_view p256_spki =
    "3059301306072a8648ce3d020106082a8648ce3d0301070342000446f659c3009ddfc8ac61b78bd04f8e9ab99a50bf8454977030810020c9d5"
    "2d7f088473b5de624ca9117bd9c9d376a996fe4ebd2bb21d4751dfd554bbcde90c3a";
// Over the data of an assertion with counter 7, made with `openssl dgst -sha256 -sign`.
constexpr std::string_view p256_signature =
    "30440220624af16b34302dac27d8bfc747f5ab1cf57c61585b3ae7a6d3b704b3c0c02adb02206bdcfc22c5afd87a6c9e6350b958e3d74b3287"
    "465c9d4e4a5ba7ccfcb6b76534";

}  // namespace

TEST_CASE("an assertion of an Ed25519 passkey holds, and tells its counter") {
  const auto key = fixed_key();
  const auto assertion = make_assertion(key, party, shown(), 0x01020304);
  CHECK(verify_assertion(assertion, public_half(key), party, shown()).value() == 0x01020304);
}

TEST_CASE("an assertion of a P-256 passkey holds, as OpenSSL's own tool signs it") {
  const auto key = PasskeyPublicKey::from_spki(base::hex_decode(p256_spki).value());
  REQUIRE(key.ok());
  auto assertion = make_assertion(fixed_key(), party, shown(), 7);
  CHECK_FALSE(verify_assertion(assertion, *key, party, shown()).ok());
  assertion.signature = base::hex_decode(p256_signature).value();
  CHECK(verify_assertion(assertion, *key, party, shown()).value() == 7);
  for (std::size_t i = 0; i < assertion.signature.size(); ++i) {
    auto changed = assertion;
    changed.signature.at(i) ^= 1;
    CHECK_FALSE(verify_assertion(changed, *key, party, shown()).ok());
  }
  assertion.signature.push_back(0);
  CHECK_FALSE(verify_assertion(assertion, *key, party, shown()).ok());
}

TEST_CASE("an assertion is of one key, one challenge, one origin and one party") {
  const auto key = public_half(fixed_key());
  const auto assertion = make_assertion(fixed_key(), party, shown(), 1);
  CHECK(holds(assertion));
  CHECK_FALSE(verify_assertion(assertion, public_half(fixed_key(2)), party, shown()).ok());
  CHECK_FALSE(verify_assertion(assertion, key, party, sha256("something else")).ok());
  CHECK_FALSE(verify_assertion(assertion, key, {"x1.example", "https://evil.example"}, shown()).ok());
  CHECK_FALSE(verify_assertion(assertion, key, {"evil.example", "https://x1.example"}, shown()).ok());
}

TEST_CASE("without a touch, without a check of who touched, or with other flags there is no yes") {
  const auto with_flags = [](std::uint8_t flags) {
    auto assertion = make_assertion(fixed_key(), party, shown(), 1);
    assertion.authenticator_data.at(32) = flags;
    return signed_anew(std::move(assertion));
  };
  CHECK(holds(with_flags(0x05)));
  CHECK(holds(with_flags(0x1d)));  // a passkey that its owner's devices share
  for (const int flags : {0x00, 0x01, 0x04, 0x07, 0x25, 0x45, 0x85}) {
    CAPTURE(flags);
    CHECK_FALSE(holds(with_flags(static_cast<std::uint8_t>(flags))));
  }
}

TEST_CASE("authenticator data have one length") {
  auto assertion = make_assertion(fixed_key(), party, shown(), 1);
  assertion.authenticator_data.push_back(0);
  CHECK_FALSE(holds(signed_anew(assertion)));
  assertion.authenticator_data.resize(36);
  CHECK_FALSE(holds(signed_anew(assertion)));
  assertion.authenticator_data.clear();
  CHECK_FALSE(holds(signed_anew(assertion)));
}

TEST_CASE("client data have one form, to which a client may add members and nothing else") {
  const auto good = make_assertion(fixed_key(), party, shown(), 1);
  const auto stem = good.client_data.substr(0, good.client_data.size() - 1);
  const auto with = [&](const std::string& text) {
    auto assertion = good;
    assertion.client_data = text;
    return signed_anew(std::move(assertion));
  };
  const auto replaced = [&](std::string_view from, std::string_view to) {
    auto text = good.client_data;
    return with(text.replace(text.find(from), from.size(), to));
  };
  CHECK(holds(with(stem + R"(,"other_keys_can_be_added_here":"…"})")));
  CHECK_FALSE(holds(with(stem)));
  CHECK_FALSE(holds(with(stem + "true}")));
  CHECK_FALSE(holds(with(stem + ",\"more\":1")));
  CHECK_FALSE(holds(with(stem + ",\"more\":\"" + std::string(max_client_data, 'x') + "\"}")));
  CHECK_FALSE(holds(with("")));
  CHECK_FALSE(holds(replaced("webauthn.get", "webauthn.create")));
  CHECK_FALSE(holds(replaced("\"crossOrigin\":false", "\"crossOrigin\":true")));
  CHECK_FALSE(holds(replaced("{\"type\"", "{ \"type\"")));
}

TEST_CASE("a party whose names would change the text around them is none") {
  CHECK(is_relying_party(party));
  const std::vector<RelyingParty> strange{
      {"", "https://x1.example"}, {"x1.example", ""},    {"x1.example", "https://x1\",\"x\":\""},
      {"x1.example", "a\\b"},     {"x1.example", "a b"}, {"x1.example", std::string(257, 'a')}};
  for (const auto& each : strange) {
    CHECK_FALSE(is_relying_party(each));
    CHECK_FALSE(
        verify_assertion(make_assertion(fixed_key(), each, shown(), 1), public_half(fixed_key()), each, shown()).ok());
  }
}

TEST_CASE("a public key has one text, and a point has to lie on its curve") {
  const auto spki = base::hex_decode(p256_spki).value();
  const auto key = PasskeyPublicKey::from_spki(spki);
  REQUIRE(key.ok());
  CHECK(key->algorithm() == PasskeyPublicKey::Algorithm::es256);
  CHECK(key->spki() == spki);
  const auto ed25519 = public_half(fixed_key());
  CHECK(PasskeyPublicKey::from_spki(ed25519.spki()).value() == ed25519);
  auto off_curve = spki;
  off_curve.back() ^= 1;
  CHECK_FALSE(PasskeyPublicKey::from_spki(off_curve).ok());
  auto compressed = spki;
  compressed.at(26) = 0x02;
  CHECK_FALSE(PasskeyPublicKey::from_spki(compressed).ok());
  auto longer = spki;
  longer.push_back(0);
  CHECK_FALSE(PasskeyPublicKey::from_spki(longer).ok());
  CHECK_FALSE(PasskeyPublicKey::from_spki({}).ok());
}

TEST_CASE("one bit changed anywhere in an assertion takes the yes away") {
  const auto good = make_assertion(fixed_key(), party, shown(), 5);
  CHECK(rc::check("one bit", [&] {
    auto changed = good;
    const auto flip = static_cast<std::uint8_t>(1U << *rc::gen::inRange(0U, 8U));
    const auto part = *rc::gen::inRange(0, 3);
    if (part == 0) {
      auto& byte = changed.client_data.at(*rc::gen::inRange<std::size_t>(0, changed.client_data.size()));
      byte = static_cast<char>(static_cast<std::uint8_t>(byte) ^ flip);
    } else {
      auto& bytes = part == 1 ? changed.authenticator_data : changed.signature;
      bytes.at(*rc::gen::inRange<std::size_t>(0, bytes.size())) ^= flip;
    }
    RC_ASSERT(!holds(changed));
  }));
}

TEST_CASE("a counter only rises, unless the authenticator has none") {
  CHECK(counter_may_follow(0, 0));
  CHECK(counter_may_follow(0, 1));
  CHECK(counter_may_follow(7, 8));
  CHECK_FALSE(counter_may_follow(7, 7));
  CHECK_FALSE(counter_may_follow(7, 6));
  CHECK_FALSE(counter_may_follow(7, 0));
}

}  // namespace x1::crypto
