#include "crypto/signing.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <algorithm>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace x1::crypto {
namespace {

SigningKey key_from(std::string_view hex_seed) {
  const auto bytes = base::hex_decode(hex_seed);
  REQUIRE(bytes.ok());
  const auto seed = Secret::copy_of(*bytes);
  REQUIRE(seed.ok());
  auto key = SigningKey::from_seed(*seed);
  REQUIRE(key.ok());
  return std::move(key).value();
}

}  // namespace

TEST_CASE("signatures are those of RFC 8032, section 7.1, tests 1 and 2") {
  const auto first = key_from("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  CHECK(base::hex_encode(first.public_key().bytes) ==
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  CHECK(base::hex_encode(first.sign({})) ==
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe"
        "24655141438e7a100b");
  const auto second = key_from("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  CHECK(base::hex_encode(second.sign(base::as_bytes("\x72"))) ==
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302a"
        "eeb00d291612bb0c00");
}

TEST_CASE("a signature holds for its key and message, and for nothing else") {
  const auto key = SigningKey::generate();
  const auto other = SigningKey::generate();
  REQUIRE(key.ok());
  REQUIRE(other.ok());
  CHECK(key->public_key() != other->public_key());
  CHECK(rc::check("one bit", [&](const base::Bytes& message) {
    auto signature = key->sign(message);
    RC_ASSERT(verify(key->public_key(), message, signature));
    RC_ASSERT(!verify(other->public_key(), message, signature));
    auto longer = message;
    longer.push_back(0);
    RC_ASSERT(!verify(key->public_key(), longer, signature));
    signature.at(*rc::gen::inRange<std::size_t>(0, 64)) ^= 1;
    RC_ASSERT(!verify(key->public_key(), message, signature));
  }));
}

TEST_CASE("keys are written and read in one form") {
  const auto key = SigningKey::generate();
  REQUIRE(key.ok());
  const auto text = to_text(key->public_key());
  CHECK(text.size() == 43);
  CHECK(*public_key_from_text(text) == key->public_key());
  CHECK(!public_key_from_text(text.substr(1)).ok());
  CHECK(!public_key_from_text(text + "A").ok());
  CHECK(key->key_id() == key_id(key->public_key()));
  CHECK(key->key_id().size() == 16);
  const auto seed = key->seed();
  REQUIRE(seed.ok());
  CHECK(SigningKey::from_seed(*seed)->public_key() == key->public_key());
  CHECK(!SigningKey::from_seed(Secret()).ok());
}

TEST_CASE("digests are SHA-256, in lower-case hex") {
  CHECK(to_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(*digest_from_hex(to_hex(sha256(""))) == sha256(""));
  CHECK(!digest_from_hex("").ok());
  CHECK(!digest_from_hex(std::string(64, 'A')).ok());
  CHECK(!digest_from_hex(std::string(62, 'a')).ok());
}

}  // namespace x1::crypto
